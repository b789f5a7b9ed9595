/** The tab about other programs, against an app that answers from memory. */
import { flushSync } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import './support/browser.ts';
import { DEFAULT_API_KEY_SCOPE, SteadyError, type ApiKey, type ApiState } from '../../../electron/contract/index.ts';
import ProgramsTab from '../../../renderer/lib/components/programs/ProgramsTab.svelte';
import { mountPart, type MountedPart } from './calibration-page.ts';
import { fakeService } from './fake-service.ts';

const SECRET = 'sk-steady-abcdefghijklmnopqrstuvwxyz';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
});

async function open(problem: SteadyError | null = null) {
  const service = fakeService();
  const held: { state: ApiState; keys: ApiKey[] } = { state: { on: false, port: 8188, baseUrl: null, problem: null }, keys: [] };
  Object.assign(service.handlers, {
    'api.state': () => held.state,
    'api.serve': ({ on, port }: { on: boolean; port: number }) => {
      if (problem !== null) throw problem;
      held.state = { on, port, baseUrl: on ? `http://127.0.0.1:${port}/v1` : null, problem: null };
      return held.state;
    },
    'api.keys': () => held.keys,
    'api.keys.create': ({ name, scope }: { name: string; scope: object }) => {
      const about: ApiKey = {
        id: crypto.randomUUID(),
        name,
        hint: 'sk-steady-abcd…',
        scope: { ...DEFAULT_API_KEY_SCOPE, ...scope },
        createdAt: 1,
        usedAt: null,
        revokedAt: null,
      };
      held.keys = [about, ...held.keys];
      return { key: SECRET, about };
    },
    'api.keys.revoke': ({ name }: { name: string }) => {
      held.keys = held.keys.map((key) => (key.name === name ? { ...key, revokedAt: 2 } : key));
      return held.keys[0];
    },
  });
  part = await mountPart(ProgramsTab, service);
  await part.sees('Off: no program is answered.');
  return { held, page: part };
}

const toggle = () => document.querySelector<HTMLInputElement>('input[role="switch"]')!;

test('switched on it tells its address, and off it tells none', async () => {
  const { page } = await open();
  toggle().click();
  await page.sees('http://127.0.0.1:8188/v1');
  await vi.waitFor(() => {
    flushSync();
    expect(toggle().checked).toBe(true);
  });
  toggle().click();
  await page.sees('Off: no program is answered.');
});

test('what a policy forbids stays off, and is said', async () => {
  const { held, page } = await open(new SteadyError('policy', 'Other programs get no replies here.', { hint: 'Ask.' }));
  toggle().click();
  await vi.waitFor(() => expect(page.app.notices.toasts.map(({ message }) => message)).toContain('Other programs get no replies here.'));
  flushSync();
  expect([toggle().checked, held.state.on]).toEqual([false, false]);
});

test('a key is shown once, listed without itself, and revoked after a question', async () => {
  const { held, page } = await open();
  page.press('New key…');
  flushSync();
  const name = await vi.waitFor(() => document.querySelector<HTMLInputElement>('input[maxlength="60"]')!);
  name.value = 'My editor';
  name.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  page.press('Make the key');
  await page.sees(SECRET);
  page.press('Done');
  await vi.waitFor(() => {
    flushSync();
    expect(document.body.textContent).not.toContain(SECRET);
  });
  await page.sees('My editor');
  page.press('Revoke My editor');
  await page.sees('Revoke this key?');
  page.press('Revoke');
  await page.sees('Without a key no program is answered.');
  expect(held.keys[0]!.revokedAt).toBe(2);
});
