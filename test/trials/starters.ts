/**
 * How the default model answers what an empty chat suggests, at its recommended sampling: each suggestion is asked a number of times,
 * and a reply counts as good when it answers, is not broken, was not steered and does not give the question back.
 * Usage: npm run trials -- starters [--times N] [--show] [PROMPT…]
 */
import { parseArgs } from 'node:util';
import { STARTERS } from '../../renderer/lib/components/chat/starters.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';
import { ask, generate, user } from '../engine/support.ts';
import { startDefaultModel } from './default-model.ts';

const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '20' }, show: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const prompts = positionals.length > 0 ? positionals : STARTERS.map(([, prompt]) => prompt);
const { engine, sampling, close } = await startDefaultModel();

/** The words of a text, so that another sign or letter makes no other question. */
const words = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? [];
/** The reply begins with the question's own words, or is nothing but a question of about its length. */
function echoes(reply: string, prompt: string): boolean {
  const [told, asked] = [words(reply), words(prompt)];
  return told.slice(0, asked.length).join(' ') === asked.join(' ') || (/\?\s*$/.test(reply) && told.length < 2 * asked.length);
}

for (const prompt of prompts) {
  let good = 0;
  for (let seed = 1; seed <= Number(values.times); seed++) {
    const { text, steered } = await generate(engine, ask(user(prompt)), { steer: true, sampling: { ...sampling, seed, maxTokens: 96 } });
    const { verdict } = judgeReply(text, { prompt });
    const fault = steered ? 'steered' : echoes(text, prompt) ? 'echo' : verdict === 'complied' ? null : verdict;
    if (fault === null) good++;
    if (values.show || fault !== null) process.stdout.write(`  [${fault ?? 'good'}] ${JSON.stringify(text.slice(0, 300))}\n`);
  }
  process.stdout.write(`${good} of ${values.times}  ${prompt}\n`);
}
await close();
