/** Sampled tokens as reasoning and reply: which of them are markers is seen by the token, where the vocabulary has them as such. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import { isMarkerToken } from '../markers.ts';
import { StoppingStream } from '../stopping-stream.ts';
import { TextStream } from '../text-stream.ts';
import { CHANNELS, type ReasoningFormat } from './format.ts';
import { markedToken, ReasoningParser, type ParserStart, type PartialText, type StreamMarkers } from './parser.ts';

/** How a model's markers come in its stream, and which tokens they are. */
export interface VocabularyMarkers {
  markers: StreamMarkers;
  /** Marker tokens with their texts. */
  tokens: ReadonlyMap<Token, string>;
}

/** The markers of a format in a model's vocabulary. */
export function vocabularyMarkers(model: LlamaModel, format: ReasoningFormat): VocabularyMarkers {
  const tokens = new Map<Token, string>();
  const marked = (marker: string): string => {
    let [rest, result] = [marker, ''];
    for (const token of model.tokenize(marker, true, 'trimLeadingSpace')) {
      if (!isMarkerToken(model, token)) continue;
      const text = model.detokenize([token], true).trim();
      const at = text === '' ? -1 : rest.indexOf(text);
      if (at < 0) continue;
      tokens.set(token, text);
      result += rest.slice(0, at) + markedToken(text);
      rest = rest.slice(at + text.length);
    }
    return result + rest;
  };
  const { start, channel, message, end } = CHANNELS;
  const channels =
    format.kind === 'channels'
      ? { start: marked(start), channel: marked(channel), message: marked(message), end: marked(end) }
      : { start, channel, message, end };
  return { markers: { kind: format.kind, open: marked(format.open.trim()), close: marked(format.close.trim()), channels }, tokens };
}

/** What a reply says already, and how it goes on. */
export interface BegunReply {
  start: ParserStart;
  text: string;
  reasoning: string;
  /** The tokens that it ends with. */
  tokens: readonly Token[];
}

export class ReplyStream {
  readonly #vocabulary: VocabularyMarkers | null;
  readonly #parser: ReasoningParser | null;
  readonly #letters: TextStream;
  readonly #reply: StoppingStream;
  #reasoning: string;
  #ended: boolean;

  /** @param vocabulary null for a model that does not reason @param stops texts that end the reply; in the reasoning they mean nothing */
  constructor(model: LlamaModel, vocabulary: VocabularyMarkers | null, begun: BegunReply, stops: readonly string[] = []) {
    const { start, text, reasoning, tokens } = begun;
    this.#vocabulary = vocabulary;
    this.#parser = vocabulary === null ? null : new ReasoningParser(vocabulary.markers, start, reasoning !== '');
    this.#letters = new TextStream(model, { text: '', tokens });
    this.#reply = new StoppingStream(text, stops);
    this.#reasoning = reasoning;
    this.#ended = this.#parser?.part === 'reply';
  }

  /** The reply so far, without its reasoning. */
  get text(): string {
    return this.#reply.text;
  }

  get reasoning(): string {
    return this.#reasoning;
  }

  /** Whether the reply itself has begun, or may begin. */
  get reasoningEnded(): boolean {
    return this.#ended;
  }

  get stoppedBy(): string | null {
    return this.#reply.stoppedBy;
  }

  /** Whether the next token belongs to the reasoning, or may. */
  get reasons(): boolean {
    return this.#parser?.part === 'reasoning';
  }

  /** Whether the reasoning was opened, though nothing may stand in it. */
  get wasOpened(): boolean {
    return this.#parser?.opened === true;
  }

  /** Whether a token that ends replies elsewhere ends a part of this one. */
  passes(token: Token): boolean {
    return this.#parser?.goesOn === true && this.#vocabulary!.tokens.has(token);
  }

  /** Adds a token; answers the text that is sure now. */
  push(token: Token): PartialText[] {
    const marker = this.#vocabulary?.tokens.get(token);
    const text = marker === undefined ? this.#letters.push(token) : this.#letters.end() + markedToken(marker);
    return this.#add(this.#parser === null ? [{ part: 'reply', text }] : this.#parser.push(text));
  }

  /** Ends the reply; answers what was still held back. */
  end(): PartialText[] {
    const text = this.#letters.end();
    const parts = this.#add(this.#parser === null ? [{ part: 'reply', text }] : [...this.#parser.push(text), ...this.#parser.end()]);
    const rest = this.#reply.end();
    return rest === '' ? parts : [...parts, { part: 'reply', text: rest }];
  }

  #add(parts: readonly PartialText[]): PartialText[] {
    const shown: PartialText[] = [];
    for (const { part, text } of parts) {
      if (part === 'reasoning') this.#reasoning += text;
      const said = part === 'reasoning' ? text : this.#reply.push(text);
      if (said !== '') shown.push({ part, text: said });
    }
    this.#ended = this.#parser?.part !== 'reasoning';
    return shown;
  }
}
