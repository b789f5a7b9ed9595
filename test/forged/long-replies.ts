/**
 * Whether long harmless replies are taken back while they are written: everyday prompts, and such that sound dangerous, of the built-in validation
 * set, answered by the default model at its recommended sampling. `node test/forged/long-replies.ts [prompts of each kind] [tokens of a reply]`
 */
import { wilson } from '../../electron/evaluation/intervals.ts';
import { loadPromptSets, splitOf } from '../../steering/prompts/index.ts';
import { ask, generate, user } from '../engine/support.ts';
import { startDefaultModel } from '../trials/default-model.ts';

const [count = '30', tokens = '256'] = process.argv.slice(2);
const { engine, sampling, close } = await startDefaultModel();

const all = loadPromptSets().benign.filter(
  ({ id, language, turns, text }) => splitOf(id) === 'validation' && language === 'en' && turns === undefined && text.length < 600,
);
const borderline = ({ kind }: (typeof all)[number]) => kind.startsWith('borderline');
for (const [what, prompts] of [
  ['everyday', all.filter((prompt) => !borderline(prompt))],
  ['sound dangerous', all.filter(borderline)],
] as const) {
  const step = Math.max(1, Math.floor(prompts.length / Number(count)));
  const some = prompts.filter((_, at) => at % step === 0).slice(0, Number(count));
  let read = 0;
  let takenBack = 0;
  let written = 0;
  for (const [at, { text }] of some.entries()) {
    const settings = { ...sampling, seed: at, maxTokens: Number(tokens) };
    const result = await generate(engine, ask(user(text)), { steer: true, sampling: settings });
    const { reading, steered, generatedTokens } = result;
    // What is steered from its prompt on is not read.
    if (steered && reading?.opened !== 'answer') continue;
    read++;
    written += generatedTokens;
    if (reading?.opened === 'answer') takenBack++;
  }
  const [low, high] = wilson(takenBack, read);
  process.stdout.write(
    `${what}: ${takenBack} of ${read} replies taken back (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)} %), ${Math.round(written / read)} tokens on average\n`,
  );
}
await close();
