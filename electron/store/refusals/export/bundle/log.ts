/** The refusal log in a bundle: checked, and read then as exports of a database have it. */
import { toErrorShape } from '../../../../contract/index.ts';
import { GENESIS, textHash } from '../../chain.ts';
import { benignBody, heatIn, refusalBody, reportBody, reviewBody, tombstoneBody, type RefusalBody } from '../../entries.ts';
import { loggedFacts, type ExportRow } from '../rows.ts';
import { Lines, readBundle } from './read.ts';
import { verifyBundle } from './verify.ts';
import { bundleLine, type BundleLine } from './write.ts';

/** What later rows say of a refusal. */
interface Later {
  review: ExportRow['review'];
  reportedAt: number | null;
  benignAt: number | null;
  removed: boolean;
}

/** @throws what reading the file throws; what is wrong with the bundle is in `faults` */
export async function openBundleLog(path: string, { prompts, replies }: { prompts: boolean; replies: boolean }) {
  const { faults, checked, headSeq, head, fingerprint } = await verifyBundle(path);
  const later = new Map<number, Later>();
  await eachLine(path, (line) => noteLater(later, line));
  return {
    ...{ faults, entries: checked, headSeq, head, key: fingerprint },
    async each(onRow: (row: ExportRow) => void): Promise<void> {
      let previous = GENESIS;
      await eachLine(path, (line) => {
        const row = rowOf(line, previous, later.get(line.seq), { prompts, replies });
        if (row !== null) onRow(row);
        previous = line.hash;
      });
    },
    async hashAt(seq: number): Promise<string | null> {
      let found: string | null = null;
      await eachLine(path, (line) => {
        if (line.seq === seq) found = line.hash;
      });
      return found;
    },
    close: () => undefined,
  };
}

/** Lines that are none are passed over: the check has named them. An archive that breaks off ends there. */
async function eachLine(path: string, onLine: (line: BundleLine) => void): Promise<void> {
  const lines = new Lines((text) => {
    let parsed: BundleLine;
    try {
      parsed = bundleLine.parse(JSON.parse(text));
    } catch {
      return;
    }
    onLine(parsed);
  });
  await readBundle(path, (name) => (data) => {
    if (name === 'chain.jsonl') lines.push(data);
  }).catch((error: unknown) => {
    if (toErrorShape(error).code !== 'bad-input') throw error;
  });
}

function noteLater(all: Map<number, Later>, { about, body, note }: BundleLine): void {
  const of = (seq: number): Later => {
    const known = all.get(seq) ?? { review: null, reportedAt: null, benignAt: null, removed: false };
    all.set(seq, known);
    return known;
  };
  const tombstone = tombstoneBody.safeParse(body);
  if (tombstone.success) for (const seq of tombstone.data.refusals) of(seq).removed = true;
  if (about === null) return;
  const review = reviewBody.safeParse(body);
  if (review.success) of(about).review = { judgement: review.data.judgement, note: note ?? null, createdAt: review.data.createdAt };
  const report = reportBody.safeParse(body);
  if (report.success) of(about).reportedAt = report.data.withdrawn === true ? null : report.data.createdAt;
  const benign = benignBody.safeParse(body);
  if (benign.success) of(about).benignAt = benign.data.action === 'add' ? benign.data.createdAt : null;
}

function rowOf(
  line: BundleLine,
  prevHash: string,
  later: Later | undefined,
  options: { prompts: boolean; replies: boolean },
): ExportRow | null {
  const parsed = refusalBody.safeParse(line.body);
  if (!parsed.success) return null;
  const body: RefusalBody = parsed.data;
  const text = (value: string | undefined, salt: string | undefined, hash: string) =>
    // A text that is not the one that was logged is not passed on as if it were.
    value !== undefined && salt !== undefined && textHash(salt, value) === hash ? value : null;
  return {
    ...loggedFacts(line.seq, body),
    heat: options.prompts ? heatIn(line.heat ?? null) : null,
    text: later?.removed === true ? 'removed' : body.text,
    prompt: options.prompts ? text(line.prompt, line.promptSalt, body.promptHash) : null,
    reply: options.replies ? text(line.reply, line.replySalt, body.replyHash) : null,
    review: later?.review ?? null,
    reportedAt: later?.reportedAt ?? null,
    benignAt: later?.benignAt ?? null,
    prevHash,
    hash: line.hash,
  };
}
