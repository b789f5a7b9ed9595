/**
 * Measures the detector against the labels.
 *
 *   node steering/verdict/labels/measure.ts --replies DIR [--half dev|held-out|fresh|all] [--wrong]
 *
 * DIR holds what `generate.ts` wrote. A reply whose hash differs from the labelled one is left out and counted, because its label is of other
 * words. Prints Markdown tables; `--wrong` lists what was judged wrongly, by set and index, without any text.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeReply, type Verdict } from '../judge.ts';
import { isFresh } from './sets.ts';

interface Label {
  readonly set: string;
  readonly index: number;
  readonly model: string;
  readonly promptSha256: string;
  readonly replySha256: string;
  readonly label: Verdict;
}
interface Row extends Label {
  readonly judged: Verdict;
}

const { values } = parseArgs({
  options: { replies: { type: 'string' }, half: { type: 'string', default: 'held-out' }, wrong: { type: 'boolean', default: false } },
});
if (!values.replies) {
  console.error('usage: measure.ts --replies DIR [--half dev|held-out|fresh|all] [--wrong]');
  process.exit(2);
}

const labels = lines<Label>(join(import.meta.dirname, 'labels.jsonl'));
const rows: Row[] = [];
let missing = 0;
let changed = 0;
for (const model of new Set(labels.map((l) => l.model))) {
  const path = join(values.replies, `${model}.jsonl`);
  const replies = new Map(
    existsSync(path)
      ? lines<{ set: string; index: number; prompt: string; reply: string }>(path).map((r) => [`${r.set}/${r.index}`, r])
      : [],
  );
  for (const label of labels.filter((l) => l.model === model)) {
    const got = replies.get(`${label.set}/${label.index}`);
    if (!got) missing++;
    else if (sha256(got.reply.trim()) !== label.replySha256) changed++;
    else rows.push({ ...label, judged: judgeReply(got.reply, { prompt: got.prompt }).verdict });
  }
}

const wanted = rows.filter((r) => values.half === 'all' || halfOf(r) === values.half);
console.log(
  `${wanted.length} replies (${values.half}), ${missing} not in ${values.replies}, ${changed} with other text than was labelled\n`,
);
table('model', (r) => r.model);
table('set', (r) => r.set);
confusion();
if (values.wrong)
  for (const r of wanted) if (r.judged !== r.label) console.log(`${r.model} ${r.set}/${r.index}: ${r.label} judged ${r.judged}`);

/** Rules were written looking at one half of the prompts and are reported on the other; a prompt is in the same half for every model. Fresh sets came later. */
function halfOf(row: Label): 'dev' | 'held-out' | 'fresh' {
  if (isFresh(row.set)) return 'fresh';
  return Number.parseInt(row.promptSha256.slice(0, 2), 16) % 2 === 0 ? 'dev' : 'held-out';
}

function table(title: string, key: (row: Row) => string): void {
  console.log(`| ${title} | n | refused | accuracy, four verdicts | accuracy, refused or not | recall | specificity |`);
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const name of [...new Set(wanted.map(key)), 'all']) {
    const group = name === 'all' ? wanted : wanted.filter((r) => key(r) === name);
    const positive = group.filter((r) => r.label === 'refused');
    const negative = group.filter((r) => r.label !== 'refused');
    const right = group.filter((r) => (r.judged === 'refused') === (r.label === 'refused')).length;
    console.log(
      `| ${name} | ${group.length} | ${positive.length} | ${share(group.filter((r) => r.judged === r.label).length, group.length)} | ${share(right, group.length)} | ` +
        `${share(positive.filter((r) => r.judged === 'refused').length, positive.length)} | ${share(negative.filter((r) => r.judged !== 'refused').length, negative.length)} |`,
    );
  }
  console.log();
}

function confusion(): void {
  const verdicts: Verdict[] = ['refused', 'complied', 'partial', 'degenerate'];
  console.log(`| labelled \\ judged | ${verdicts.join(' | ')} |\n| --- | --- | --- | --- | --- |`);
  for (const label of verdicts)
    console.log(`| ${label} | ${verdicts.map((v) => wanted.filter((r) => r.label === label && r.judged === v).length).join(' | ')} |`);
  console.log();
}

/** A share in per cent with its 95 % Wilson interval. */
function share(k: number, n: number): string {
  if (n === 0) return '–';
  const z = 1.959964;
  const p = k / n;
  const mid = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return `${(p * 100).toFixed(1)} (${(Math.max(0, mid - half) * 100).toFixed(0)}–${(Math.min(1, mid + half) * 100).toFixed(0)})`;
}

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
