/**
 * A witness of the log outside this machine: a folder that a policy names, such as a share, to which the number and hash of the last row are
 * appended, signed with the key that signs exports. Whoever puts an older copy in place of the log, or computes it anew, cannot take back
 * what was written there, as long as the folder lets nobody change what is in it.
 */
import { createPublicKey, sign, verify } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { Policies } from '../admin/policies.ts';
import { toErrorShape, type ChainFault } from '../contract/index.ts';
import { canonicalJson, signingKey, type RefusalStore } from '../store/index.ts';
import { parseBoundedJson } from '../../steering/files/bounded-json.ts';
import { readRegularFile } from '../../steering/files/regular-file.ts';

export interface LogWitnessOptions {
  store: Pick<RefusalStore, 'heads'>;
  policies: Pick<Policies, 'current'>;
  /** Its key lies beside it. */
  databasePath: string;
  /** The folder cannot be reached, or written to; said once until it can. */
  warn(message: string): void;
}

/** Several refusals within that time make one line. */
const WAIT_MS = 3000;
/** A line for each refusal of a hundred years. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_FAULTS = 20;
/** Rows that are asked for at a time. */
const PORTION = 1000;

const witnessed = z.strictObject({
  format: z.literal('steady-log-witness'),
  version: z.literal(1),
  at: z.iso.datetime(),
  seq: z.number().int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the public key. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
});
const signed = witnessed.extend({ signature: z.base64().max(100) });

export class LogWitness {
  readonly #options: LogWitnessOptions;
  #timer: NodeJS.Timeout | undefined;
  /** One line after the other. */
  #writing: Promise<void> = Promise.resolve();
  /** The last head that was written, so that nothing is written twice. */
  #last = '';
  #warned = false;

  constructor(options: LogWitnessOptions) {
    this.#options = options;
  }

  /** The log has other rows than before: the witness is told soon. */
  changed(): void {
    if (this.#options.policies.current().logWitness === null) return;
    this.#timer ??= setTimeout(() => void this.tell(), WAIT_MS).unref();
  }

  /** Appends the head, unless it stands there or the log does not fit what does. Never rejects. */
  tell(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#append()).catch((error: unknown) => this.#warn(error));
    return this.#writing;
  }

  /** What the witness knows better; nothing where there is none, or it cannot be reached. */
  async faults(): Promise<ChainFault[]> {
    return (await this.#compare()).faults;
  }

  /** Tells it what it does not know yet. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) await this.tell();
    await this.#writing;
  }

  /** `cutOff`: the last line was not written to its end. */
  async #compare(): Promise<{ faults: ChainFault[]; cutOff: boolean }> {
    const place = this.#place();
    if (place === null) return { faults: [], cutOff: false };
    const faults: ChainFault[] = [];
    const add = (seq: number | null, message: string) => {
      if (faults.length < MAX_FAULTS) faults.push({ kind: 'head', seq, message });
    };
    let text: string;
    try {
      text = (await readRegularFile(place.path, MAX_BYTES)).toString('utf8');
      this.#warned = false;
    } catch (error) {
      // Before the first line there is no file.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn(error);
      return { faults: [], cutOff: false };
    }
    const heads: { seq: number; hash: string }[] = [];
    text.split('\n').forEach((line, at) => {
      // A line that broke off as the machine went down says nothing.
      if (!line.endsWith('}')) return;
      const head = place.read(line);
      if (head === null) add(null, `Line ${at + 1} of the witness (${place.path}) was not written with this machine’s key.`);
      else if (head.seq > 0) heads.push(head);
    });
    for (let from = 0; from < heads.length; from += PORTION) {
      const some = heads.slice(from, from + PORTION);
      const { last, hashes } = await this.#options.store.heads(some.map(({ seq }) => seq));
      some.forEach(({ seq, hash }, at) => {
        if (hashes[at] === hash) return;
        add(
          seq,
          seq > last.seq
            ? `The log ends before row ${seq}, which the witness knows.`
            : `Row ${seq} is another than the one that the witness knows.`,
        );
      });
    }
    return { faults, cutOff: text !== '' && !text.endsWith('\n') };
  }

  async #append(): Promise<void> {
    const place = this.#place();
    if (place === null) return;
    const { last } = await this.#options.store.heads([]);
    if (last.seq === 0 || `${place.path} ${last.hash}` === this.#last) return;
    // A log that does not fit what was said of it before is not vouched for.
    const { faults, cutOff } = await this.#compare();
    if (faults.length > 0) return;
    // Not made where it is missing: a share that is not mounted would be a folder of this machine's own.
    const file = await open(place.path, 'a', 0o644);
    try {
      await file.write(`${cutOff ? '\n' : ''}${place.write(last)}`);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#last = `${place.path} ${last.hash}`;
    this.#warned = false;
  }

  /** Where this machine's lines go, and how they are written and read; null without a witness. */
  #place() {
    const folder = this.#options.policies.current().logWitness;
    if (folder === null) return null;
    if (!isAbsolute(folder)) {
      this.#warn(new Error('it is no absolute path'));
      return null;
    }
    const { privateKey, fingerprint } = signingKey(this.#options.databasePath);
    const publicKey = createPublicKey(privateKey);
    const said = (head: z.infer<typeof witnessed>) => Buffer.from(canonicalJson(head));
    return {
      path: join(folder, `${fingerprint.slice(0, 32)}.jsonl`),
      write: ({ seq, hash }: { seq: number; hash: string }): string => {
        const head = {
          format: 'steady-log-witness' as const,
          version: 1 as const,
          at: new Date().toISOString(),
          seq,
          hash,
          key: fingerprint,
        };
        return `${JSON.stringify({ ...head, signature: sign(null, said(head), privateKey).toString('base64') })}\n`;
      },
      read: (line: string): { seq: number; hash: string } | null => {
        try {
          const { signature, ...head } = signed.parse(parseBoundedJson(line));
          return head.key === fingerprint && verify(null, said(head), publicKey, Buffer.from(signature, 'base64')) ? head : null;
        } catch {
          return null;
        }
      },
    };
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const { logWitness } = this.#options.policies.current();
    this.#options.warn(
      `The witness of the refusal log (${logWitness ?? ''}) cannot be used: ${toErrorShape(error).message}.`.replace('..', '.'),
    );
  }
}
