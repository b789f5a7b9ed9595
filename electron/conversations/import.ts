/**
 * Reads an export piece by piece. Our own files have a conversation a line, and those of other programs are lists, so that memory holds
 * one conversation at a time; a file that is laid out in another way is read as a whole, up to a limit.
 */
import {
  SteadyError,
  toErrorShape,
  transferHeader,
  type ExportedConversation,
  type ImportFault,
  type ImportReport,
} from '../contract/index.ts';
import type { TransferStore } from '../store/index.ts';
import { parseBoundedJson } from '../../steering/files/bounded-json.ts';
import { foreignConversation, toConversation, nothingLeftOut, type ForeignConversation } from './foreign/index.ts';
import { importedConversation, withPossibleTimes } from './imported.ts';
import { JsonElements } from './json-elements.ts';

/** The largest file that is read as a whole, in UTF-16 units. */
const MAX_WHOLE = 32 * 1024 * 1024;
/** The longest line that is read, in UTF-16 units: a conversation of tens of thousands of long messages. */
const MAX_LINE = 128 * 1024 * 1024;
const MAX_FAULTS = 100;
const HEAD_END = ',"conversations":[';

const notOurs = (why: string, cause?: unknown) =>
  new SteadyError('bad-input', `This is not a file of conversations that Steady knows: ${why}.`, {
    hint: 'Choose a JSON file that was exported here, or an export of ChatGPT, Claude, Open WebUI, LM Studio, Jan or llama.cpp.',
    cause,
  });

export class ConversationImport {
  readonly #store: TransferStore;
  readonly #report: ImportReport = {
    ...{ conversations: 0, messages: 0, renumbered: 0, redated: 0, known: 0 },
    leftOut: nothingLeftOut(),
    ...{ faults: [], faultCount: 0 },
  };
  readonly #elements = new JsonElements(MAX_LINE);
  /** Whether anything of the file was a conversation. */
  #recognised = false;
  #mode: 'head' | 'lines' | 'list' | 'whole' = 'head';
  /** Text of a line, or of the file, that is not complete yet; in pieces, since joining them each time would be quadratic. */
  #rest: string[] = [];
  #restLength = 0;
  #index = 0;
  #ended = false;
  /** In a line that is too long, and is passed over. */
  #skipping = false;

  /** Conversations that are in the database already, whatever becomes of the rest. */
  get added(): number {
    return this.#report.conversations;
  }

  constructor(store: TransferStore) {
    this.#store = store;
  }

  /** Takes the next piece. @throws SteadyError `bad-input` for another kind of file; what the database throws. */
  async write(piece: string): Promise<void> {
    if (this.#mode === 'head' && /^[\s\uFEFF]*\[/.test(this.#restLength === 0 ? piece : '')) this.#mode = 'list';
    if (this.#mode === 'list') return this.#readElements(piece);
    const text = this.#skipping ? this.#afterLine(piece) : piece;
    this.#rest.push(text);
    this.#restLength += text.length;
    if (this.#mode === 'whole') {
      if (this.#restLength > MAX_WHOLE) throw notOurs('it is laid out in another way and too large to be read as a whole');
      return;
    }
    if (!text.includes('\n')) {
      // Not a line yet. A first line without an end within a megabyte is no first line of ours.
      if (this.#mode === 'head' && this.#restLength > 1024 * 1024) this.#mode = 'whole';
      if (this.#mode === 'lines' && this.#restLength > MAX_LINE) this.#skipLine();
      return;
    }
    const lines = this.#take().split('\n');
    this.#keep(lines.pop() ?? '');
    for (const [at, line] of lines.entries()) {
      if (this.#mode === 'head' && !this.#readHead(line)) {
        this.#mode = 'whole';
        this.#keep([...lines.slice(at), this.#take()].join('\n'));
        return;
      }
      if (this.#isConversation(line)) await this.#readLine(line);
    }
  }

  /** Reads what is left. @throws SteadyError `bad-input` for a file that is cut off or of another kind. */
  async finish(): Promise<ImportReport> {
    const rest = this.#take();
    if (this.#mode === 'list') {
      if (!this.#recognised) throw notOurs('it says nothing of what it is');
      if (!this.#elements.ended) this.#fault('', 'The file ends in the middle; what comes before was imported.');
      return this.#report;
    }
    if (this.#mode === 'lines') {
      if (this.#isConversation(rest)) await this.#readLine(rest);
      if (!this.#ended) this.#fault('', 'The file ends in the middle; what comes before was imported.');
      return this.#report;
    }
    let json: unknown;
    try {
      json = parseBoundedJson(rest);
    } catch (cause) {
      throw notOurs('it cannot be read as JSON', cause);
    }
    const foreign = foreignConversation(json);
    if (foreign !== null) {
      await this.#insertForeign(foreign);
      return this.#report;
    }
    this.#checkHead(json);
    const { conversations } = json as { conversations?: unknown };
    if (!Array.isArray(conversations)) throw notOurs('it has no list of conversations');
    for (const entry of conversations) await this.#insert(entry);
    return this.#report;
  }

  async #readElements(piece: string): Promise<void> {
    for (const element of this.#elements.push(piece.replace(/^\uFEFF/, ''))) {
      if (element === null) {
        this.#index++;
        this.#fault('', `It is too large: up to ${MAX_LINE / 1024 / 1024} million characters are read of a conversation.`);
        continue;
      }
      await this.#readLine(element);
    }
  }

  #skipLine(): void {
    this.#take();
    this.#skipping = true;
    this.#index++;
    this.#fault('', `It is too large: up to ${MAX_LINE / 1024 / 1024} million characters are read of a conversation.`);
  }

  /** What comes after the line that is passed over; nothing while it goes on. */
  #afterLine(text: string): string {
    const end = text.indexOf('\n');
    if (end < 0) return '';
    this.#skipping = false;
    return text.slice(end);
  }

  #take(): string {
    const text = this.#rest.join('');
    this.#rest = [];
    this.#restLength = 0;
    return text;
  }

  #keep(text: string): void {
    this.#rest = [text];
    this.#restLength = text.length;
  }

  /** Whether this is the first line of a file that is laid out as ours are. @throws SteadyError `bad-input` for a header of another file. */
  #readHead(line: string): boolean {
    const head = line.replace(/^\uFEFF/, '').trimEnd();
    if (!head.endsWith(HEAD_END)) return false;
    let json: unknown;
    try {
      json = parseBoundedJson(`${head.slice(0, -HEAD_END.length)}}`);
    } catch {
      return false;
    }
    this.#checkHead(json);
    this.#mode = 'lines';
    return true;
  }

  #checkHead(json: unknown): void {
    const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown };
    if (format === transferHeader.shape.format.value && typeof version === 'number' && version > transferHeader.shape.version.value) {
      throw new SteadyError('bad-input', 'This file was exported by a newer version of Steady.', { hint: 'Update Steady to import it.' });
    }
    if (!transferHeader.safeParse(json).success) throw notOurs('it says nothing of what it is');
  }

  /** Whether a line holds a conversation. The first one and the last are the document's own. */
  #isConversation(line: string): boolean {
    const trimmed = line.trim();
    if (trimmed === ']}') this.#ended = true;
    return trimmed !== '' && trimmed !== ']}' && !trimmed.endsWith(HEAD_END);
  }

  async #readLine(line: string): Promise<void> {
    let json: unknown;
    try {
      json = parseBoundedJson(line.trim().replace(/,$/, ''));
    } catch {
      this.#index++;
      this.#fault('', 'It is not readable: this line of the file is damaged, cut off or nested too deeply.');
      return;
    }
    await this.#insert(json);
  }

  async #insertForeign(foreign: ForeignConversation): Promise<void> {
    this.#index++;
    this.#recognised = true;
    await this.#keepConversation(foreign.title.slice(0, 200), () => {
      const { tree, redated } = withPossibleTimes(toConversation(foreign, Date.now()), Date.now());
      if (tree.messages.length === 0) throw new SteadyError('bad-input', 'It has no messages.');
      return { tree, redated, origin: foreign.origin };
    });
    for (const kind of ['pictures', 'files', 'tools', 'thoughts'] as const) this.#report.leftOut[kind] += foreign.leftOut[kind];
  }

  async #insert(json: unknown): Promise<void> {
    const foreign = foreignConversation(json);
    if (foreign !== null) return this.#insertForeign(foreign);
    this.#index++;
    const title = titleOf(json);
    const parsed = importedConversation.safeParse(json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return this.#fault(title, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a conversation'}`);
    }
    this.#recognised = true;
    await this.#keepConversation(title, () => ({ ...withPossibleTimes(parsed.data, Date.now()), origin: null }));
  }

  async #keepConversation(
    title: string,
    read: () => { tree: ExportedConversation; redated: boolean; origin: string | null },
  ): Promise<void> {
    try {
      const { tree, redated, origin } = read();
      const { messages, renumbered, known } = await this.#store.insert(tree, origin);
      if (known) {
        this.#report.known++;
        return;
      }
      this.#report.conversations++;
      this.#report.messages += messages;
      if (renumbered) this.#report.renumbered++;
      if (redated) this.#report.redated++;
    } catch (error) {
      const shape = toErrorShape(error);
      // A conversation that does not hold together is left out; a full disk ends the import.
      if (shape.code !== 'bad-input') throw error;
      this.#fault(title, shape.message);
    }
  }

  #fault(title: string, message: string): void {
    const fault: ImportFault = { index: this.#index, title, message };
    this.#report.faultCount++;
    if (this.#report.faults.length < MAX_FAULTS) this.#report.faults.push(fault);
  }
}

function titleOf(json: unknown): string {
  const title = (json as { conversation?: { title?: unknown } } | null)?.conversation?.title;
  return typeof title === 'string' ? title.slice(0, 200) : '';
}
