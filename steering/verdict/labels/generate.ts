/**
 * Generates the replies that were labelled: plain models, no steering, one sequence at a time so that greedy replies repeat.
 *
 *   node steering/verdict/labels/generate.ts --prompts DIR --models DIR --replies DIR [--model NAME]
 *
 * Writes DIR/<model>.jsonl, one `{set, index, prompt, reply}` a line, and goes on where an earlier run stopped.
 * Keep the replies folder out of the repository: it holds replies to harmful prompts.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getLlama, LlamaChatSession } from 'node-llama-cpp';
import { indicesOf, REPLY_MODELS, REPLY_SETS } from './sets.ts';

const { values } = parseArgs({
  options: { prompts: { type: 'string' }, models: { type: 'string' }, replies: { type: 'string' }, model: { type: 'string' } },
});
if (!values.prompts || !values.models || !values.replies) {
  console.error('usage: generate.ts --prompts DIR --models DIR --replies DIR [--model NAME]');
  process.exit(2);
}
mkdirSync(values.replies, { recursive: true });
const llama = await getLlama({ gpu: false, maxThreads: 2, build: 'never' });

for (const entry of REPLY_MODELS.filter((m) => !values.model || m.name === values.model)) {
  const path = join(values.models, entry.file);
  if (!existsSync(path)) {
    console.error(`${entry.name}: ${path} is not there, skipped`);
    continue;
  }
  const out = join(values.replies, `${entry.name}.jsonl`);
  const done = new Set(
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => keyOf(JSON.parse(line)))
      : [],
  );
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({ contextSize: 2048, threads: 2 });
  const sequence = context.getSequence();
  for (const set of REPLY_SETS) {
    const prompts = readFileSync(join(values.prompts, set.file), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { prompt: string }).prompt);
    for (const index of indicesOf(set, entry)) {
      const prompt = prompts[index];
      if (prompt === undefined || done.has(keyOf({ set: set.name, index }))) continue;
      await sequence.clearHistory();
      const session = new LlamaChatSession({ contextSequence: sequence, systemPrompt: set.system, autoDisposeSequence: false });
      const reply = await session.prompt(prompt, {
        maxTokens: set.maxTokens,
        temperature: set.temperature,
        seed: 1,
        trimWhitespaceSuffix: false,
      });
      session.dispose({ disposeSequence: false });
      appendFileSync(out, JSON.stringify({ set: set.name, index, prompt, reply }) + '\n');
    }
    console.error(`${entry.name} ${set.name} done`);
  }
  await context.dispose();
  await model.dispose();
}
await llama.dispose();

function keyOf(row: { set: string; index: number }): string {
  return `${row.set}/${row.index}`;
}
