/** What distinguishes profiles, in words. */
import type { ProfileDetails } from '../../contract.ts';

/** Names of the settings that a comparison lists, where their own are not plain. */
const SETTINGS: Record<string, string> = {
  strength: 'Strength',
  alpha: 'Ridge strength α',
  seed: 'Seed',
  passes: 'Evaluations of a prompt',
  pooling: 'How layers share their scores',
  clip: 'Gate is limited to 1',
  partialGateWidth: 'Gate partly open below the threshold by',
  partialGate: 'How far it is open there',
  runningMeans: 'How soon earlier words count half, in tokens',
};

export function settingName(name: string): string {
  const known = SETTINGS[name];
  if (known !== undefined) return known;
  const spaced = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[._-]/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase();
}

/** How many prompts of the admin's own a profile was made with. */
export function ownPrompts(details: ProfileDetails): number {
  return details.promptSets.filter(({ role }) => role === 'own').reduce((most, { count }) => Math.max(most, count), 0);
}

/** A list of layers as ranges: `7–10, 12`. */
export function layerRanges(layers: readonly number[]): string {
  const sorted = layers.toSorted((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const layer of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && layer === last[1] + 1) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  return ranges.length === 0 ? 'none' : ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}
