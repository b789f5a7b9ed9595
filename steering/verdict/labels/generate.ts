/**
 * Generates the replies that were labelled: plain models, no steering.
 *
 *   node steering/verdict/labels/generate.ts --prompts DIR --models DIR --replies DIR [--model NAME] [--parallel N] [--threads N]
 *
 * Writes DIR/<model>.jsonl, one `{set, index, prompt, reply}` a line, and goes on where an earlier run stopped. With `--parallel` above 1
 * several sequences share a batch, which is faster and can change a greedy reply in its last digits' favour now and then.
 * Keep the replies folder out of the repository: it holds replies to harmful prompts.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getLlama, LlamaChatSession, type LlamaContextSequence } from 'node-llama-cpp';
import { indicesOf, REPLY_MODELS, REPLY_SETS, type ReplySet } from './sets.ts';

const { values } = parseArgs({
  options: {
    prompts: { type: 'string' },
    models: { type: 'string' },
    replies: { type: 'string' },
    model: { type: 'string' },
    parallel: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
  },
});
if (!values.prompts || !values.models || !values.replies) {
  console.error('usage: generate.ts --prompts DIR --models DIR --replies DIR [--model NAME] [--parallel N] [--threads N]');
  process.exit(2);
}
mkdirSync(values.replies, { recursive: true });
const parallel = Number(values.parallel);
const threads = Number(values.threads);
const llama = await getLlama({ gpu: false, maxThreads: threads, build: 'never' });

for (const entry of REPLY_MODELS.filter((m) => !values.model || m.name === values.model)) {
  const modelPath = join(values.models, entry.file);
  if (!existsSync(modelPath)) {
    console.error(`${entry.name}: ${modelPath} is not there, skipped`);
    continue;
  }
  const out = join(values.replies, `${entry.name}.jsonl`);
  const done = new Set(existsSync(out) ? linesOf(out).map((line) => keyOf(JSON.parse(line) as { set: string; index: number })) : []);
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 2048, threads, sequences: parallel });
  const sequences = Array.from({ length: parallel }, () => context.getSequence());
  const todo = REPLY_SETS.flatMap((set) => {
    const prompts = linesOf(join(values.prompts!, set.file)).map((line) => (JSON.parse(line) as { prompt: string }).prompt);
    return indicesOf(set, entry)
      .filter((index) => prompts[index] !== undefined && !done.has(keyOf({ set: set.name, index })))
      .map((index) => ({ set, index, prompt: prompts[index]! }));
  });
  console.error(`${entry.name}: ${todo.length} replies to generate`);
  await Promise.all(
    sequences.map(async (sequence) => {
      for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
        const reply = await answer(sequence, next.set, next.prompt);
        appendFileSync(out, JSON.stringify({ set: next.set.name, index: next.index, prompt: next.prompt, reply }) + '\n');
      }
    }),
  );
  await context.dispose();
  await model.dispose();
}
await llama.dispose();

async function answer(sequence: LlamaContextSequence, set: ReplySet, prompt: string): Promise<string> {
  await sequence.clearHistory();
  const session = new LlamaChatSession({ contextSequence: sequence, systemPrompt: set.system, autoDisposeSequence: false });
  const sampling = set.wild ? { topK: 0, topP: 1, minP: 0 } : {};
  const reply = await session.prompt(prompt, { maxTokens: set.maxTokens, temperature: set.temperature, seed: 1, ...sampling });
  session.dispose({ disposeSequence: false });
  return reply;
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

function keyOf(row: { set: string; index: number }): string {
  return `${row.set}/${row.index}`;
}
