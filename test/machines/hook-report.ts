/** What `programs/hook.ts` answers, and what must be in it on every machine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Ended } from './machine.ts';

export const PROGRAM = 'test/machines/programs/hook.ts';

interface ModeReport {
  added: { host: number; transfer: number; device: number };
  steered: boolean;
  scores: number[];
  gates: number[];
  /** A hash of rows, scores and gates. */
  bits: string;
  /** The first numbers of the last block's row. */
  row: number[];
}

export interface HookReport {
  machine: string;
  blocks: number;
  seen: number[];
  modes: Record<'auto' | 'transfer' | 'device', ModeReport>;
  shut: { steered: boolean; changed: boolean };
  faults: Record<'layer' | 'width' | 'nan', string>;
  after: boolean;
}

/** What the program answers on this machine. */
export function reportHere(model: string): HookReport {
  const env = { ...process.env, STEADY_GPU: 'off', STEADY_THREADS: '1' };
  const args = [join(import.meta.dirname, '..', '..', PROGRAM), model];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] })) as HookReport;
}

/** @throws where the program failed, with what it said. */
export function reportOf({ code, stdout, stderr }: Ended): HookReport {
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as HookReport;
}

/** Holds what happened there against what happens here; `within` is how far numbers may lie apart, as a share. */
export function expectAlike(there: HookReport, here: HookReport, within: number): void {
  expect(there.seen).toEqual(Array.from({ length: there.blocks }, (_, index) => index + 1));
  const { auto, transfer, device } = there.modes;
  expect([auto.added, transfer.added, device.added]).toEqual([
    { host: 2, transfer: 0, device: 0 },
    { host: 0, transfer: 2, device: 0 },
    { host: 0, transfer: 0, device: 2 },
  ]);
  expect(auto.steered).toBe(true);
  expect([transfer.bits, device.bits]).toEqual([auto.bits, auto.bits]);
  for (const what of ['scores', 'gates', 'row'] as const) {
    const size = Math.hypot(...here.modes.auto[what]);
    const apart = Math.hypot(...auto[what].map((value, index) => value - here.modes.auto[what][index]!));
    expect(apart / size, what).toBeLessThan(within);
  }
  expect(there.shut).toEqual({ steered: false, changed: false });
  expect(there.faults.layer).toMatch(/^model-not-steerable: .*did not come by/);
  expect(there.faults.width).toMatch(/^model-not-steerable: .*width is/);
  expect(there.faults.nan).toMatch(/^model-not-steerable: .*not finite/);
  expect(there.faults).toEqual(here.faults);
  expect(there.after).toBe(true);
}
