/** What a reply begins with: nothing, or what of it was written before it was cut; and how its reasoning will be seen. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { EnginePrompt } from '../../protocol.ts';
import type { ChatTemplate } from '../chat-template.ts';
import { tokenizeSegment } from '../segments.ts';
import type { WrittenSegment } from '../sequence.ts';
import { isOpened, writtenSegments } from './format.ts';
import type { ParserStart } from './parser.ts';
import { ReplyStream, vocabularyMarkers } from './reply-stream.ts';

export interface BegunReply {
  /** What it says already, its reasoning apart; empty for a new one. */
  written: WrittenSegment[];
  /** The tokens that end its reasoning. */
  closing: Token[];
  /** @param stops texts that end the reply */
  stream(stops?: readonly string[]): ReplyStream;
}

export interface ReplySoFar {
  reply?: string | undefined;
  reasoning?: { text: string; ended: boolean } | undefined;
}

export function beginReply(
  { model, template }: { model: LlamaModel; template: ChatTemplate },
  prompt: EnginePrompt,
  { reply = '', reasoning }: ReplySoFar = {},
): BegunReply {
  // A text that is gone on with as it stands is no reply.
  const format = prompt.raw === true ? null : template.reasoning.format;
  const isNew = reply === '' && reasoning === undefined;
  // How a prompt ends is the same whatever came before its last turn.
  const opened = format !== null && isOpened(format, template.segment({ ...prompt, turns: prompt.turns.slice(-1) }).at(-1)!);
  const written = isNew
    ? []
    : writtenSegments(format, opened, { text: reply, reasoning: reasoning ?? null }).map(({ segment, reasoning: thought }) => ({
        ...tokenizeSegment(model, segment, false),
        reasoning: thought,
      }));
  const vocabulary = format === null ? null : vocabularyMarkers(model, format);
  const begun = {
    start: startOf({ isNew, opened, reply, reasoning }),
    text: reply,
    reasoning: reasoning?.text ?? '',
    tokens: written.at(-1)?.tokens ?? [],
  };
  return {
    written,
    closing: format === null ? [] : model.tokenize(format.close, true, 'trimLeadingSpace'),
    stream: (stops = []) => new ReplyStream(model, vocabulary, begun, stops),
  };
}

function startOf({ isNew, opened, reply, reasoning }: ReplySoFar & { isNew: boolean; opened: boolean }): ParserStart {
  if (isNew) return opened ? 'reasoning' : 'undecided';
  if (reply !== '') return 'reply';
  return reasoning?.ended === true ? 'ended' : 'reasoning';
}
