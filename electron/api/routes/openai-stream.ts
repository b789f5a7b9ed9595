/** Streamed answers in the shape that OpenAI's two kinds of completions share. */
import type { SSEMessage } from 'hono/streaming';
import type { ApiReply, ReplyEvent } from '../replies.ts';

/** What makes the pieces of an answer; see `chunks` and `textChunks` in `formats/`. */
export interface ChunkMaker {
  /** Told before a reply's first text. Absent: nothing is. */
  begin?(index: number): object;
  text(index: number, text: string): object;
  /** Absent: what is thought is not told. */
  reasoning?(index: number, text: string): object;
  end(index: number, reply: ApiReply): object;
  usage(replies: readonly ApiReply[]): object;
}

/** One message of the stream. */
export const data = (value: unknown): SSEMessage => ({ data: typeof value === 'string' ? value : JSON.stringify(value) });

/** The messages of a streamed answer, the closing one included. */
export async function* streamed(
  events: AsyncIterable<ReplyEvent>,
  { make, includeUsage }: { make: ChunkMaker; includeUsage: boolean },
): AsyncGenerator<SSEMessage, void> {
  const replies: ApiReply[] = [];
  let begun = -1;
  for await (const event of events) {
    if (event.index !== begun && make.begin !== undefined) yield data(make.begin(event.index));
    begun = event.index;
    if ('text' in event) {
      const piece = event.part === 'reply' ? make.text(event.index, event.text) : make.reasoning?.(event.index, event.text);
      if (piece !== undefined) yield data(piece);
    } else {
      replies.push(event.reply);
      yield data(make.end(event.index, event.reply));
    }
  }
  if (includeUsage) yield data(make.usage(replies));
  yield data('[DONE]');
}
