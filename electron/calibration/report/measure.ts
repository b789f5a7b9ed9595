/** Answers the report's prompts unsteered, and under every setting in which something is added to them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { throwIfCancelled, type CalibrationStage, type JobControl } from '../../../steering/calibration/control.ts';
import { chatPromptOf } from '../../../steering/calibration/port.ts';
import { judgedReplies, type JudgedReply } from '../../../steering/calibration/replies/judged-replies.ts';
import { profileSha256, type SteeringProfile } from '../../../steering/profile/index.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { EnginePort } from '../engine-port.ts';
import { gateAt, movedProfile } from './gates.ts';
import type { SampledPrompt } from './samples.ts';
import type { Setting } from './settings.ts';

/** Enough to see a refusal, and for benign prompts what changed. */
const MAX_TOKENS = 32;
/** Prompts of one call for first-token divergences. */
const KL_PORTION = 16;
/** Shown for a prompt that was steered although its gate could not be worked out. */
const LEAST_GATE = 1e-3;

export interface MeasureInput {
  port: EnginePort;
  profile: SteeringProfile;
  samples: readonly SampledPrompt[];
  settings: readonly Setting[];
  control: JobControl;
  folder: string;
}

export interface Measured {
  /** By prompt. */
  unsteered: JudgedReply[];
  /** By setting, then by prompt; the gate with it. */
  steered: { gate: number; reply: JudgedReply }[][];
  /** KL of the first token under the first setting, by prompt; null for harmful ones. */
  firstTokenKl: (number | null)[];
}

export async function measure(input: MeasureInput): Promise<Measured> {
  const { port, samples, settings, folder } = input;
  const prompts = samples.map(({ prompt }) => prompt);
  const benign = new Set(prompts.filter((_, at) => samples[at]!.kind !== 'harmful'));
  const options = { maxTokens: MAX_TOKENS, stage: 'report' as const, keepText: (prompt: (typeof prompts)[number]) => benign.has(prompt) };
  // Unsteered first, then settings: so many passes over the prompts, for a progress that does not start anew with each.
  const pass = (index: number): JobControl => passControl(input.control, index, settings.length + 1);
  const unsteered = await judgedReplies(port, join(folder, 'replies-unsteered.json'), prompts, pass(0), { ...options, steer: false });
  /** A prompt under the same strength and gate gets the same reply, whatever the threshold was. */
  const known = new Map<string, JudgedReply>();
  const steered: Measured['steered'] = [];
  let firstTokenKl: Measured['firstTokenKl'] = [];
  for (const [index, setting] of settings.entries()) {
    // Where only the engine knows the gate, it is asked, and says afterwards whether anything was added; no other threshold's
    // reply may be taken for it then.
    const unsure = `${setting.shift} ${setting.partialGate}`;
    const gates = samples.map(({ u, sure }) => (sure ? gateAt(input.profile, u, setting) : unsure));
    const effect = (at: number) => `${at}|${setting.strength}|${gates[at]}`;
    const open = samples.map((_, at) => at).filter((at) => gates[at] !== 0 && setting.strength > 0);
    const unanswered = open.filter((at) => !known.has(effect(at)));
    const tag = settingTag(input.profile, setting);
    if (unanswered.length > 0) {
      await port.applyProfile(movedProfile(input.profile, setting));
      const path = join(folder, `replies-${tag}.json`);
      const asked = unanswered.map((at) => prompts[at]!);
      const replies = await judgedReplies(port, path, asked, pass(index + 1), { ...options, steer: true });
      unanswered.forEach((at, row) => known.set(effect(at), replies[row]!));
    }
    if (index === 0) firstTokenKl = await divergences(input, setting, open, join(folder, `first-token-${tag}.json`));
    steered.push(
      samples.map(({ u }, at) => {
        const reply = known.get(effect(at));
        // A gate that was expected to open by a hair may stay shut: kept rows are rounded. To such a prompt nothing was added, and its reply is
        // the unsteered one; another batch may only have rounded it differently.
        if (reply?.steered !== true) return { gate: 0, reply: unsteered[at]! };
        return { gate: gateAt(input.profile, u, setting) || LEAST_GATE, reply };
      }),
    );
  }
  return { unsteered, steered, firstTokenKl };
}

async function divergences(input: MeasureInput, setting: Setting, open: readonly number[], path: string): Promise<(number | null)[]> {
  const { port, profile, samples, control } = input;
  const wanted = open.filter((at) => samples[at]!.kind !== 'harmful');
  const kept = z.array(z.number()).safeParse(await readJson(path));
  let values = kept.success && kept.data.length === wanted.length ? kept.data : null;
  if (values === null) {
    values = [];
    if (wanted.length > 0) await port.applyProfile(movedProfile(profile, setting));
    for (let at = 0; at < wanted.length; at += KL_PORTION) {
      throwIfCancelled(control);
      const prompts = wanted.slice(at, at + KL_PORTION).map((index) => chatPromptOf(samples[index]!.prompt));
      values.push(...(await port.firstTokenKl(prompts, control.signal)));
    }
    await writeJson(path, values);
  }
  const byPrompt = new Map(wanted.map((at, row) => [at, values[row]!]));
  return samples.map(({ kind }, at) => (kind === 'harmful' ? null : Math.max(byPrompt.get(at) ?? 0, 0)));
}

function settingTag(profile: SteeringProfile, { strength, shift, partialGate }: Setting): string {
  return createHash('sha256')
    .update(`${profileSha256(profile)}|${strength}|${shift}|${partialGate}`)
    .digest('hex')
    .slice(0, 24);
}

/** Reports the steps of one pass among several. */
function passControl(control: JobControl, index: number, passes: number): JobControl {
  return {
    ...control,
    onProgress: ({ done, total }) => {
      const part = total === 0 ? 1 : done / total;
      const stage: CalibrationStage = 'report';
      control.onProgress({ stage, done: Math.round((index + part) * 100), total: passes * 100, rate: null });
    },
  };
}
