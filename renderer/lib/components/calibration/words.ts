/** What calibration is doing and what its figures mean, in words for a person who never heard of activations. */
import type { Budget, CalibrationJob, CalibrationReport, CalibrationStageName, FrontierPoint, Verdict } from '../../contract.ts';
import { plural } from '../../util/format.ts';

export interface StageWords {
  readonly name: CalibrationStageName;
  readonly title: string;
  readonly about: string;
}

/** The stages in the order in which they run. */
export const STAGES: readonly StageWords[] = [
  { name: 'prepare', title: 'Collecting prompts', about: 'Yours and the built-in ones, without repeats.' },
  {
    name: 'extract',
    title: 'Letting the model read them',
    about: 'What goes on inside the model is noted for each prompt. No replies are written.',
  },
  { name: 'screen', title: 'Looking for prompts in the wrong place', about: 'Prompts of yours that look harmful to the model are named.' },
  {
    name: 'labels',
    title: 'Watching it refuse by itself',
    about: 'Short replies to harmful requests show what refusing looks like in this model.',
  },
  {
    name: 'solve',
    title: 'Telling harm from the harmless',
    about: 'Finds what sets harmful requests apart and leaves your prompts untouched.',
  },
  {
    name: 'confirm',
    title: 'Learning to look twice',
    about: 'Requests that sound alike are compared as a whole, so that one frightening word is not enough.',
  },
  { name: 'tune', title: 'Trying strengths', about: 'Several settings are tried, from gentle to firm.' },
  {
    name: 'validate',
    title: 'Checking with fresh prompts',
    about: 'Replies with and without protection are compared, on prompts not used so far.',
  },
  { name: 'report', title: 'Writing the report', about: '' },
];

export const BUDGETS: readonly { readonly budget: Budget; readonly title: string; readonly about: string }[] = [
  { budget: 'quick', title: 'Quick', about: 'A first look. Fewer of the built-in prompts, fewer settings tried.' },
  { budget: 'standard', title: 'Standard', about: 'Right for most. Enough prompts to judge by.' },
  {
    budget: 'thorough',
    title: 'Thorough',
    about: 'Every built-in prompt and the finest choice of settings. For a long break or the night.',
  },
];

/** How long something takes, as one would say it: `about 20 seconds`, `about 6 minutes`, `about 1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 50) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} seconds`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `about ${plural(minutes, 'minute')}`;
  const hours = Math.floor(minutes / 60);
  const rest = Math.round((minutes % 60) / 5) * 5;
  if (rest === 60) return `about ${hours + 1} h`;
  return rest === 0 ? `about ${hours} h` : `about ${hours} h ${rest} min`;
}

/** Time that was spent: `48 s`, `3 min 20 s`, `1 h 5 min`. */
export function spent(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

/** A count with thousands apart: `1,550`. */
export const number = (count: number): string => count.toLocaleString('en');

/** A share as per cent; never rounds to nothing or to everything what is not. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return 'under 0.1 %';
  if (value > 99.9 && value < 100) return 'over 99.9 %';
  const digits = (value > 0 && value < 9.95) || (value > 99 && value < 100) ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} %`;
}

/** A share of a known number: `47 of 50`. */
export function outOf(share: number, size: number): string {
  return `${number(Math.round(share * size))} of ${number(size)}`;
}

export const VERDICTS: Record<Verdict, string> = {
  refused: 'Refused',
  complied: 'Answered',
  partial: 'Partly refused',
  degenerate: 'Broken text',
};

export const STATUSES: Record<CalibrationJob['status'], string> = {
  running: 'Running',
  cancelling: 'Stopping',
  interrupted: 'Interrupted',
  cancelled: 'Stopped',
  failed: 'Failed',
  finished: 'Finished, not in use',
  applied: 'Applied',
};

/** How firm a setting is, by its place among the settings. */
export function settingName(index: number, count: number): string {
  return `Setting ${index + 1} of ${count}`;
}

export interface Consequence {
  readonly tone: 'good' | 'cost';
  readonly text: string;
}

/** What choosing a point means, each sentence with its figures. */
export function consequences(point: FrontierPoint, frontier: CalibrationReport['frontier']): Consequence[] {
  const { sizes, unsteered } = frontier;
  const list: Consequence[] = [];
  list.push({
    // Protection that refuses no more than the model does by itself is nothing to be pleased with.
    tone: point.harmfulRefused > unsteered.harmfulRefused ? 'good' : 'cost',
    text: `${outOf(point.harmfulRefused, sizes.harmful)} harmful requests are refused; without protection it was ${outOf(unsteered.harmfulRefused, sizes.harmful)}.`,
  });
  const untouched = 1 - point.benignOpened;
  list.push({
    tone: 'good',
    text: `${outOf(untouched, sizes.benign)} harmless prompts are answered exactly as without protection, word for word.`,
  });
  if (point.ownOpened !== null && sizes.own > 0) {
    const opened = Math.round(point.ownOpened * sizes.own);
    list.push({
      tone: opened === 0 ? 'good' : 'cost',
      text:
        opened === 0
          ? `None of the ${number(sizes.own)} prompts of yours that were kept for checking is touched.`
          : `${number(opened)} of the ${number(sizes.own)} prompts of yours that were kept for checking may be answered differently.`,
    });
  }
  // Carried over from the prompts that were answered both ways to all harmless ones; hence "about".
  list.push({
    tone: point.benignChanged === 0 ? 'good' : 'cost',
    text:
      point.benignChanged === 0
        ? `None of the ${number(sizes.benignSample)} harmless prompts that were answered both ways got another reply.`
        : `About ${percent(point.benignChanged)} of harmless prompts get another reply; ${point.benignRefused === 0 ? 'none that was looked at is newly refused' : `about ${percent(point.benignRefused)} are newly refused`}.`,
  });
  const broken = Math.round((point.harmfulDegenerate - unsteered.harmfulDegenerate) * sizes.harmful);
  if (broken > 0) {
    list.push({
      tone: 'cost',
      text: `${plural(broken, 'more reply', 'more replies')} to harmful requests end${broken === 1 ? 's' : ''} in broken text.`,
    });
  }
  return list;
}

/** Where the proposed setting refuses no more than the model does by itself: that, and what to do. Null where there is something to recommend. */
export function nothingGained({ points, proposed, unsteered }: CalibrationReport['frontier']): { message: string; hint: string } | null {
  const gains = ({ harmfulRefused }: FrontierPoint) => harmfulRefused > unsteered.harmfulRefused;
  const { [proposed]: point } = points;
  if (point !== undefined && gains(point)) return null;
  return points.some(gains)
    ? {
        message: 'The proposed setting refuses no more harmful requests than the model does by itself.',
        hint: 'Firmer settings do, and touch more harmless prompts for it.',
      }
    : {
        message: 'No setting refuses more harmful requests than the model does by itself.',
        hint: 'Nothing is gained by applying one. A larger budget or a larger model may do better.',
      };
}

/** A point against the proposed one, in a sentence; empty for the proposed one itself. */
export function comparison(point: FrontierPoint, proposed: FrontierPoint, sizes: CalibrationReport['frontier']['sizes']): string {
  if (point.index === proposed.index) return '';
  const safety = Math.round((point.harmfulRefused - proposed.harmfulRefused) * sizes.harmful);
  const cost = Math.round((point.benignOpened - proposed.benignOpened) * sizes.benign);
  const gained =
    safety === 0
      ? 'as many harmful requests are refused'
      : `${Math.abs(safety)} ${safety > 0 ? 'more' : 'fewer'} harmful ${Math.abs(safety) === 1 ? 'request is' : 'requests are'} refused`;
  const paid =
    cost === 0
      ? 'as many harmless prompts are left untouched'
      : `${Math.abs(cost)} ${cost > 0 ? 'more' : 'fewer'} harmless ${Math.abs(cost) === 1 ? 'prompt' : 'prompts'} may come out differently`;
  return `Against the recommended setting: ${gained}, and ${paid}.`;
}

/** That another setting refuses as much and touches less, in a sentence; empty where none does. `stops`: what the page numbers settings by. */
export function cheaper(point: FrontierPoint, frontier: CalibrationReport['frontier'], stops: readonly number[]): string {
  const safety = ({ harmfulRefused, harmfulDegenerate }: FrontierPoint) => harmfulRefused - harmfulDegenerate;
  const others = stops.flatMap((index) => frontier.points[index] ?? []);
  const better = others
    .filter(
      (other) => other.harmfulRefused >= point.harmfulRefused && safety(other) >= safety(point) && other.benignOpened < point.benignOpened,
    )
    .sort((a, b) => a.benignOpened - b.benignOpened)[0];
  if (better === undefined) return '';
  const fewer = Math.round((point.benignOpened - better.benignOpened) * frontier.sizes.benign);
  if (fewer === 0) return '';
  const name = settingName(stops.indexOf(better.index), stops.length);
  return `${name} refuses no fewer, and leaves ${plural(fewer, 'more harmless prompt')} untouched. On so small a sample that can be chance.`;
}

/** What became of prompts that were wrongly refused before, in a sentence; by the verdict on each one's reply. */
export function earlierRefusals(verdicts: readonly Verdict[]): string {
  const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length;
  const answered = count('complied');
  if (answered === verdicts.length)
    return answered === 1
      ? 'The one that was wrongly refused is answered now.'
      : `All ${answered} that were wrongly refused are answered now.`;
  const is = (n: number) => `${n} ${n === 1 ? 'is' : 'are'}`;
  const [refused, partial, broken] = [count('refused'), count('partial'), count('degenerate')];
  const others = [
    ...(refused > 0 ? [`${is(refused)} still refused`] : []),
    ...(partial > 0 ? [`${is(partial)} partly refused`] : []),
    ...(broken > 0 ? [`${is(broken)} answered with broken text`] : []),
  ];
  return `${answered} of ${verdicts.length} that were wrongly refused are answered now; ${others.join(', ')}.`;
}
