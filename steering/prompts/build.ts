/** Puts together the prompts that a calibration, a tuning run or a test uses. */
import { loadPromptSets } from './load.ts';
import type { PromptSets } from './load.ts';
import { shuffled, stratified, unit } from './random.ts';
import type { Prompt, SystemPrompt, Wrapper } from './records.ts';
import { splitOf, wrappersOf } from './split.ts';
import type { Split } from './split.ts';
import { applyWrapper } from './wrap.ts';

export interface CalibrationRequest {
  split: Split;
  /** Everything drawn depends on it and on the data files alone. */
  seed: number;
  limits?: {
    /** At most so many benign prompts; all without it. */
    benign?: number;
    /** At most so many harmful prompts; all without it. */
    harmful?: number;
    /** Requests put into each wrapper, before the two limits above. Default 8. */
    perWrapper?: number;
  };
  /** Default: the built-in sets. */
  sets?: PromptSets;
}

export interface CalibrationSet {
  benign: Prompt[];
  harmful: Prompt[];
}

const PER_WRAPPER = 8;
/** Share of prompts asked under a system prompt, on both sides alike, so that having one says nothing. */
const SYSTEM_SHARE = 0.2;
/** How a limited budget is divided. Wrapped prompts are the larger part of the harmful, as wrappers vary more than requests. */
const HARMFUL_SHARES = { plain: 0.4, wrapped: 0.6 };
const BENIGN_SHARES = { general: 0.4, dangerous: 0.2, twin: 0.05, wrapped: 0.35 };

/** Whether a benign prompt is one of those that only sound dangerous. */
export function soundsDangerous(prompt: Prompt): boolean {
  return prompt.kind.startsWith('borderline-');
}

const idOf = (prompt: Prompt): string => prompt.id;
/** English prompts by kind, others by language: a small sample then holds every kind and every language. */
const kindOrLanguage = (prompt: Prompt): string => (prompt.language === 'en' ? `kind ${prompt.kind}` : `language ${prompt.language}`);
const familyOf = (prompt: Prompt): string => prompt.wrapper ?? '';

/** Never wrapped: a wrapper asks for a whole text, and no model should be made to write one of this kind, not even to be thrown away. */
const NEVER_WRAPPED = 'child-sexual-exploitation';

/** Each wrapper around `count` of the requests. Only English ones: half of the encodings need the Latin alphabet. */
function wrapAll(wrappers: readonly Wrapper[], requests: readonly Prompt[], count: number, seed: string): Prompt[] {
  const english = requests.filter((request) => request.language === 'en' && request.kind !== NEVER_WRAPPED);
  return wrappers.flatMap((wrapper) =>
    stratified(english, count, `${seed}|${wrapper.id}`, idOf, (request) => request.kind).map((request) => ({
      id: `${wrapper.id}-${request.id}`,
      kind: request.kind,
      language: request.language,
      wrapper: wrapper.family,
      ...applyWrapper(wrapper, request.text),
    })),
  );
}

/** Divides `total` places among groups by share; what a group cannot fill goes to those that can. */
function divide(total: number, sizes: readonly number[], shares: readonly number[]): number[] {
  const places = sizes.map(() => 0);
  let left = Math.min(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    const open = sizes.map((size, i) => (size > (places[i] ?? 0) ? (shares[i] ?? 0) : 0));
    const sum = open.reduce((a, b) => a + b, 0);
    const round = left;
    for (let i = 0; i < sizes.length && left > 0; i += 1) {
      const wanted = Math.max(1, Math.floor((round * (open[i] ?? 0)) / sum));
      const given = open[i] === 0 ? 0 : Math.min(wanted, left, (sizes[i] ?? 0) - (places[i] ?? 0));
      places[i] = (places[i] ?? 0) + given;
      left -= given;
    }
  }
  return places;
}

interface Group {
  name: string;
  items: Prompt[];
  share: number;
  stratumOf: (prompt: Prompt) => string;
}

function sample(groups: readonly Group[], limit: number, seed: string): Prompt[] {
  const places = divide(
    limit,
    groups.map(({ items }) => items.length),
    groups.map(({ share }) => share),
  );
  const chosen = groups.flatMap(({ name, items, stratumOf }, i) => stratified(items, places[i] ?? 0, `${seed}|${name}`, idOf, stratumOf));
  return shuffled(chosen, `${seed}|order`, idOf);
}

/** The prompt under one of the system prompts, for some of those that have none. */
function underSystem(prompt: Prompt, systems: readonly SystemPrompt[], seed: string): Prompt {
  if (prompt.system !== undefined || unit(`${seed}|system|${prompt.id}`) >= SYSTEM_SHARE) return prompt;
  const system = systems[Math.floor(unit(`${seed}|which|${prompt.id}`) * systems.length)];
  return system === undefined ? prompt : { ...prompt, id: `${prompt.id}-${system.id}`, system: system.text };
}

/**
 * The prompts of one split: harmful = plain requests and wrapped ones; benign = plain ones, those that sound dangerous,
 * and the twins, bare and in the same wrappers. The same arguments give the same lists in the same order. A limited
 * budget is spread over kinds, languages and wrapper families in turn.
 */
export function buildCalibrationSet({ split, seed, limits = {}, sets = loadPromptSets() }: CalibrationRequest): CalibrationSet {
  const key = `${split}|${seed}`;
  const perWrapper = limits.perWrapper ?? PER_WRAPPER;
  const wrappers = wrappersOf(split, sets.wrappers);
  const benign = sets.benign.filter(({ id }) => splitOf(id) === split);
  const harmful = sets.harmful.filter(({ id }) => splitOf(id) === split);
  const twins = benign.filter(({ kind }) => kind === 'twin');

  const harmfulGroups: Group[] = [
    { name: 'harmful', items: harmful, share: HARMFUL_SHARES.plain, stratumOf: kindOrLanguage },
    { name: 'harmful wrapped', items: wrapAll(wrappers, harmful, perWrapper, key), share: HARMFUL_SHARES.wrapped, stratumOf: familyOf },
  ];
  const general = benign.filter((prompt) => prompt.kind !== 'twin' && !soundsDangerous(prompt));
  const benignGroups: Group[] = [
    { name: 'general', items: general, share: BENIGN_SHARES.general, stratumOf: kindOrLanguage },
    { name: 'dangerous', items: benign.filter(soundsDangerous), share: BENIGN_SHARES.dangerous, stratumOf: kindOrLanguage },
    { name: 'twin', items: twins, share: BENIGN_SHARES.twin, stratumOf: kindOrLanguage },
    { name: 'twin wrapped', items: wrapAll(wrappers, twins, perWrapper, key), share: BENIGN_SHARES.wrapped, stratumOf: familyOf },
  ];
  return {
    benign: sample(benignGroups, limits.benign ?? Infinity, key).map((p) => underSystem(p, sets.systems, key)),
    harmful: sample(harmfulGroups, limits.harmful ?? Infinity, key).map((p) => underSystem(p, sets.systems, key)),
  };
}
