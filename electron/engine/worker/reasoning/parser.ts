/**
 * Tells the reasoning of a reply from the reply, while it streams. What may be the beginning of a marker is held back until that is known,
 * so that wherever the stream is cut into pieces the same comes out.
 */
import type { ReplyPart } from '../../../contract/index.ts';
import { CHANNELS, type ReasoningFormat } from './format.ts';

export interface PartialText {
  part: ReplyPart;
  text: string;
}

/**
 * Stands on both sides of a token that is a marker by its kind, so that the same letters written as text are none. Half a surrogate pair
 * occurs in no decoded text.
 */
export const MARK = '\uDFFF';
export const markedToken = (text: string): string => `${MARK}${text}${MARK}`;

/** Markers as they stand in the stream: in marks where they are tokens of their own. */
export interface StreamMarkers {
  kind: ReasoningFormat['kind'];
  open: string;
  close: string;
  channels: { start: string; channel: string; message: string; end: string };
}

/** How a reply is begun: from nothing, inside the reasoning, behind its end, or in the reply. */
export type ParserStart = 'undecided' | 'reasoning' | 'ended' | 'reply';

type State = ParserStart | 'header';

const MARKED = new RegExp(`${MARK}[^${MARK}]*${MARK}`, 'g');
/** A channel's header is a few words; what is longer is none. */
const MAX_HEADER = 200;

export class ReasoningParser {
  readonly #markers: StreamMarkers;
  #state: State;
  #held = '';
  /** White space at the end of the reasoning so far: shown once more of it follows. */
  #space = '';
  /** Whether any text of the reasoning was told. */
  #begun: boolean;
  #opened: boolean;
  /** Whether several parts of reasoning were seen, which are set apart by an empty line. */
  #parted = false;

  constructor(markers: StreamMarkers, start: ParserStart = 'undecided', begun = false) {
    this.#markers = markers;
    this.#state = start;
    this.#begun = begun;
    this.#opened = begun || start === 'reasoning';
  }

  /** What the next token belongs to. Undecided counts as reasoning: it may turn out as such. */
  get part(): ReplyPart {
    return this.#state === 'reply' || this.#state === 'ended' ? 'reply' : 'reasoning';
  }

  /** Whether reasoning was opened, by the prompt or by the model. */
  get opened(): boolean {
    return this.#opened;
  }

  /** Whether it stands where a marker may follow that ends a reply elsewhere. */
  get goesOn(): boolean {
    return this.#markers.kind === 'channels' && this.part === 'reasoning';
  }

  push(text: string): PartialText[] {
    this.#held += text;
    const parts: PartialText[] = [];
    while (this.#step(parts));
    return merged(parts);
  }

  /** Ends the reply; answers what was still held back. */
  end(): PartialText[] {
    const parts: PartialText[] = [];
    const held = this.#held;
    this.#held = '';
    if (this.#state === 'reasoning') this.#reason(held, parts);
    else if (this.#state === 'undecided') parts.push({ part: 'reply', text: plain(held) });
    else if (this.#state !== 'header') parts.push({ part: 'reply', text: plain(this.#state === 'ended' ? held.trimStart() : held) });
    return merged(parts);
  }

  /** Takes one step on what is held; answers whether another may follow. */
  #step(parts: PartialText[]): boolean {
    if (this.#held === '') return false;
    switch (this.#state) {
      case 'undecided':
        return this.#markers.kind === 'tags' ? this.#decide() : this.#decideChannel();
      case 'reasoning':
        return this.#untilClosed(parts);
      case 'header':
        return this.#readHeader();
      case 'ended': {
        this.#held = this.#held.trimStart();
        if (this.#held !== '') this.#state = 'reply';
        return this.#held !== '';
      }
      case 'reply':
        return this.#reply(parts);
    }
  }

  #decide(): boolean {
    const held = this.#held.trimStart();
    const { open } = this.#markers;
    if (held.startsWith(open)) {
      this.#held = held.slice(open.length);
      this.#state = 'reasoning';
      this.#opened = true;
      return true;
    }
    if (open.startsWith(held)) return false;
    this.#state = 'reply';
    return true;
  }

  #decideChannel(): boolean {
    const { channel, start } = this.#markers.channels;
    const held = this.#held;
    if (held.startsWith(channel) || held.startsWith(start)) {
      this.#state = 'header';
      return true;
    }
    if (channel.startsWith(held) || start.startsWith(held)) return false;
    this.#state = 'reply';
    return true;
  }

  #readHeader(): boolean {
    const { channel, message } = this.#markers.channels;
    const at = this.#held.indexOf(message);
    if (at < 0) {
      if (this.#held.length <= MAX_HEADER) return false;
      // No header after all; better shown than lost.
      this.#state = 'reply';
      return true;
    }
    const header = this.#held.slice(0, at);
    const name = header.slice(header.lastIndexOf(channel) + channel.length).trim();
    this.#held = this.#held.slice(at + message.length);
    const isReply = header.includes(channel) && name.split(/\s/)[0] === CHANNELS.reply;
    this.#parted = !isReply && this.#begun;
    this.#opened ||= !isReply;
    this.#state = isReply ? 'ended' : 'reasoning';
    return true;
  }

  #untilClosed(parts: PartialText[]): boolean {
    const { kind, open, close, channels } = this.#markers;
    // Some write the opening tag once more behind that of the prompt.
    if (!this.#begun && kind === 'tags') {
      const held = this.#held.trimStart();
      if (held.startsWith(open)) this.#held = held.slice(open.length);
      else if (open.startsWith(held)) return false;
    }
    const marker = kind === 'tags' ? close : channels.end;
    const at = this.#held.indexOf(marker);
    if (at < 0) {
      const keep = heldBack(marker, this.#held);
      this.#reason(this.#held.slice(0, this.#held.length - keep), parts);
      this.#held = this.#held.slice(this.#held.length - keep);
      return false;
    }
    this.#reason(this.#held.slice(0, at), parts);
    this.#held = this.#held.slice(at + marker.length);
    this.#space = '';
    this.#state = kind === 'tags' ? 'ended' : 'header';
    return true;
  }

  /** Reasoning without the white space at its ends, which belongs to the markers. */
  #reason(text: string, parts: PartialText[]): void {
    const clean = plain(text);
    const said = this.#begun && !this.#parted ? this.#space + clean : clean.trimStart();
    const trimmed = said.trimEnd();
    if (trimmed === '') {
      this.#space = this.#begun ? said : '';
      return;
    }
    this.#space = said.slice(trimmed.length);
    parts.push({ part: 'reasoning', text: this.#parted ? `\n\n${trimmed}` : trimmed });
    this.#begun = true;
    this.#parted = false;
  }

  #reply(parts: PartialText[]): boolean {
    const { kind, channels } = this.#markers;
    if (kind === 'channels') {
      const at = this.#held.indexOf(channels.end);
      if (at >= 0) {
        parts.push({ part: 'reply', text: plain(this.#held.slice(0, at)) });
        this.#held = this.#held.slice(at + channels.end.length);
        this.#state = 'header';
        return true;
      }
    }
    const keep = Math.max(openMark(this.#held), kind === 'channels' ? heldBack(channels.end, this.#held) : 0);
    parts.push({ part: 'reply', text: plain(this.#held.slice(0, this.#held.length - keep)) });
    this.#held = this.#held.slice(this.#held.length - keep);
    return false;
  }
}

/** How many characters at the end of `text` may be the beginning of `marker`, or of a token in marks. */
function heldBack(marker: string, text: string): number {
  const open = openMark(text);
  for (let length = Math.min(marker.length - 1, text.length); length > open; length--) {
    // A mark that ends a token begins none.
    if (text.endsWith(marker.slice(0, length)) && openMark(text.slice(0, text.length - length)) === 0) return length;
  }
  return open;
}

/** The length of a token in marks that has begun and not ended. */
function openMark(text: string): number {
  const marks = text.split(MARK).length - 1;
  return marks % 2 === 0 ? 0 : text.length - text.lastIndexOf(MARK);
}

/** Text without markers that mean nothing where they stand, as a special token that a model writes by chance is no text. */
const plain = (text: string): string => (text.includes(MARK) ? text.replace(MARKED, '').replaceAll(MARK, '') : text);

function merged(parts: readonly PartialText[]): PartialText[] {
  const result: PartialText[] = [];
  for (const { part, text } of parts) {
    if (text === '') continue;
    const last = result.at(-1);
    if (last?.part === part) last.text += text;
    else result.push({ part, text });
  }
  return result;
}
