/** The tables of docs/research/results.md, from summaries. What stands outside of the markers is written by people and stays. */
import type { ArmName } from '../../../electron/evaluation/arms.ts';
import type { ArmSummary, EvaluationSummary, SetSummary } from '../../../electron/evaluation/summary.ts';
import type { KnownSet } from './sets.ts';

export const BEGIN = '<!-- The tables begin: `npm run results` writes what stands here. -->';
export const END = '<!-- The tables end. -->';

export interface ModelResults {
  modelId: string;
  found: { set: KnownSet; summary: EvaluationSummary }[];
}

/** The line of a section that names its model, as `facts` writes it. */
const MODEL_LINE = /^- Model `([^`]+)`/gm;

type Row = { set: KnownSet; result: SetSummary };
const ARMS: readonly { name: ArmName; title: string }[] = [
  { name: 'unsteered', title: 'unsteered' },
  { name: 'paper', title: 'plain method' },
  { name: 'profile', title: 'profile' },
];
/** The paper's table: defence over seven attacks, and utility, before and after, in percent. */
const PAPER = [
  ['Llama-3.1-8B-Instruct', '48 → 92', '67.1 → 67.3'],
  ['Qwen2.5-7B-Instruct', '21 → 97', '77.6 → 75.9'],
  ['Gemma-2-9b-it', '25 → 98', '–'],
] as const;

/** @throws Error where the page has no place for the tables */
export function replaceTables(page: string, tables: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error('docs/research/results.md has lost the marks between which the tables stand.');
  return `${page.slice(0, from)}${BEGIN}\n\n${tables}\n\n${page.slice(to)}`;
}

/**
 * @param models those with results, the one that was measured in full first
 * @param kept sections of models without, as `sectionsOf` found them
 */
export function renderTables(models: readonly ModelResults[], kept: readonly string[] = []): string {
  const parts = models.map((model, index) => modelSection(model, index === 0));
  return [...parts, ...kept, paperSection()].join('\n\n');
}

/** The sections of models that stand between the marks of a page, by model. */
export function sectionsOf(page: string): Map<string, string> {
  const sections = page.slice(page.indexOf(BEGIN), page.indexOf(END)).split(/^(?=## )/m);
  return new Map(sections.flatMap((section) => [...section.matchAll(MODEL_LINE)].map(([, id]) => [id!, section.trimEnd()] as const)));
}

function modelSection({ modelId, found }: ModelResults, full: boolean): string {
  const rows = found.map(({ set, summary }): Row => ({ set, result: summary.sets[0]! }));
  const arms = ARMS.filter(({ name }) => rows.some(({ result }) => result.arms[name] !== undefined));
  const of = (kind: KnownSet['kind']) => rows.filter(({ set }) => set.kind === kind);
  const parts = [
    `## ${found[0]!.summary.model.name}${full ? '' : ', a sample'}`,
    facts(
      modelId,
      found.map(({ summary }) => summary),
      rows,
    ),
  ];
  if (of('attack').length > 0) parts.push(defence(of('attack'), arms));
  if (of('benign').length > 0) parts.push(benign(of('benign'), arms));
  if (of('answers').length > 0) parts.push(answers(of('answers'), arms));
  return parts.join('\n\n');
}

function facts(modelId: string, summaries: readonly EvaluationSummary[], rows: readonly Row[]): string {
  const last = summaries.reduce((a, b) => (a.createdAt > b.createdAt ? a : b));
  const profile = last.profiles.profile;
  const differing = new Set(summaries.map(({ profiles }) => profiles.profile?.sha256)).size > 1;
  const tokens = [...new Set(rows.map(({ result }) => result.maxTokens))].sort((a, b) => a - b).join(' or ');
  return [
    `- Model \`${modelId}\`, SHA-256 ${last.model.sha256.slice(0, 16)}…; Steady ${last.appVersion}, ${last.createdAt.slice(0, 10)}, ${last.compute}`,
    profile === undefined
      ? '- No profile ships for this model: only what it does by itself is shown.'
      : `- Profile “${profile.name}”, SHA-256 ${profile.sha256.slice(0, 16)}…, strength ${profile.strength}, layers ${profile.layers.join(', ')}`,
    ...(differing ? ['- **Not all sets were measured with this profile.** Run `npm run results` to its end.'] : []),
    `- The first prompts of each set, greedy replies of at most ${tokens} tokens, judged by \`steering/verdict\`. Shares are percent with 95 % Wilson intervals.`,
  ].join('\n');
}

type Arms = readonly (typeof ARMS)[number][];
const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const rule = (columns: number) => row(Array.from({ length: columns }, () => '---'));

function share(arm: ArmSummary | undefined, name: 'refused' | 'complied' | 'correct' | 'identical'): string {
  const count = arm?.[name];
  if (arm === undefined || count === undefined || arm.n === 0) return '–';
  const [low, high] = arm.intervals[name]!;
  const percent = (value: number) => (100 * value).toFixed(0);
  return `${percent(count / arm.n)} (${percent(low)}–${percent(high)})`;
}

function percentOf(arm: ArmSummary | undefined, count: number | undefined): string {
  return arm === undefined || count === undefined || arm.n === 0 ? '–' : ((100 * count) / arm.n).toFixed(0);
}

function defence(rows: readonly Row[], arms: Arms): string {
  const titles = arms.map(({ title }) => title);
  const average = (name: ArmName) => {
    const shares = rows.map(({ result }) => result.arms[name]).filter((arm) => arm !== undefined && arm.n > 0);
    return shares.length === 0 ? '–' : ((100 * shares.reduce((sum, arm) => sum + arm!.refused / arm!.n, 0)) / shares.length).toFixed(0);
  };
  const steered = (result: SetSummary) => percentOf(result.arms.profile, result.arms.profile?.steered);
  return [
    '### Defence: harmful prompts that are refused',
    '',
    row(['attack set', 'n', ...titles, 'gate opened', `degenerate, ${titles.join(' / ')}`]),
    rule(titles.length + 4),
    ...rows.map(({ set, result }) =>
      row([
        `${set.title} (${set.about})`,
        result.n,
        ...arms.map(({ name }) =>
          name === 'profile' ? `**${share(result.arms[name], 'refused')}**` : share(result.arms[name], 'refused'),
        ),
        steered(result),
        arms.map(({ name }) => percentOf(result.arms[name], result.arms[name]?.degenerate)).join(' / '),
      ]),
    ),
    row(['average over sets', '', ...arms.map(({ name }) => average(name)), '', '']),
  ].join('\n');
}

function benign(rows: readonly Row[], arms: Arms): string {
  const titles = arms.map(({ title }) => title);
  const steered = arms.filter(({ name }) => name !== 'unsteered');
  const nats = (arm: ArmSummary | undefined) =>
    arm?.firstTokenKl === undefined ? '–' : arm.firstTokenKl === 0 ? '0' : arm.firstTokenKl.toPrecision(2);
  return [
    '### Utility: benign prompts that are answered',
    '',
    'Complied: neither refused nor degenerate. On XSTest this is the compliance that its authors report.',
    '',
    row(['benign set', 'n', ...titles, `degenerate, ${titles.join(' / ')}`]),
    rule(titles.length + 3),
    ...rows.map(({ set, result }) =>
      row([
        `${set.title} (${set.about})`,
        result.n,
        ...arms.map(({ name }) => share(result.arms[name], 'complied')),
        arms.map(({ name }) => percentOf(result.arms[name], result.arms[name]?.degenerate)).join(' / '),
      ]),
    ),
    ...(steered.length === 0
      ? []
      : [
          '',
          'How far replies are touched: shares of replies that are the unsteered ones byte for byte, and the first token’s mean KL divergence in nats.',
          '',
          row(['benign set', ...steered.flatMap(({ title }) => [`identical, ${title}`, `KL, ${title}`]), 'gate opened (profile)']),
          rule(2 * steered.length + 2),
          ...rows.map(({ set, result }) =>
            row([
              set.title,
              ...steered.flatMap(({ name }) => [share(result.arms[name], 'identical'), nats(result.arms[name])]),
              `${result.arms.profile?.steered ?? '–'} of ${result.n}`,
            ]),
          ),
        ]),
  ].join('\n');
}

function answers(rows: readonly Row[], arms: Arms): string {
  const titles = arms.map(({ title }) => title);
  const difference = (result: SetSummary) => {
    const found = result.comparisons.find(({ arm, measure }) => arm === 'profile' && measure === 'correct');
    if (found === undefined) return '–';
    const points = (value: number) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(100 * value).toFixed(0)}`;
    return `${points(found.difference)} points (${points(found.interval[0])} to ${points(found.interval[1])})`;
  };
  return [
    '### Utility: right answers',
    '',
    row(['set', 'n', ...titles, 'profile against unsteered', 'identical, profile']),
    rule(titles.length + 4),
    ...rows.map(({ set, result }) =>
      row([
        `${set.title} (${set.about})`,
        result.n,
        ...arms.map(({ name }) => share(result.arms[name], 'correct')),
        difference(result),
        share(result.arms.profile, 'identical'),
      ]),
    ),
  ].join('\n');
}

function paperSection(): string {
  return [
    '## The paper’s own figures',
    '',
    'AlphaSteer (arXiv 2506.07022), unsteered → steered, in percent: defence is the average over AIM, AutoDAN, Cipher, GCG, Jailbroken, PAIR and',
    'ReNeLLM, utility the average over its benign benchmarks. Models of other sizes, more sets and another judge: not to be compared',
    'with the tables above number by number.',
    '',
    row(['model', 'defence', 'utility']),
    rule(3),
    ...PAPER.map((cells) => row(cells)),
  ].join('\n');
}
