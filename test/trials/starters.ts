/**
 * How the default model answers what an empty chat suggests, at its recommended sampling: each suggestion is asked a number of times,
 * and a reply counts as good when it answers, is not broken, was not steered and does not give the question back.
 * Usage: npm run trials -- starters [--times N] [--show] [PROMPT…]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SAMPLING } from '../../electron/contract/index.ts';
import { recommendedSampling } from '../../electron/models/recommended-sampling.ts';
import { shippedProfilePath } from '../../electron/protection/locate-profile.ts';
import { catalogueEntry, DEFAULT_MODEL_ID } from '../../models/catalogue.ts';
import { searchDirs } from '../../models/paths.ts';
import { STARTERS } from '../../renderer/lib/components/chat/starters.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';
import { ask, generate, startEngine, target, user } from '../engine/support.ts';

const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '20' }, show: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const prompts = positionals.length > 0 ? positionals : STARTERS.map(([, prompt]) => prompt);
const entry = catalogueEntry(DEFAULT_MODEL_ID);
const modelPath = searchDirs('/nonexistent')
  .map((folder) => join(folder, entry.fileName))
  .find((path) => existsSync(path));
if (modelPath === undefined) throw new Error('The default model is missing: `npm start` fetches it.');

const cleanups: (() => void | Promise<void>)[] = [];
const { engine, profile } = startEngine((task) => cleanups.push(task));
profile.path = shippedProfilePath(entry.sha256);
await engine.load(target({ modelId: entry.id, modelName: entry.name, modelPath, modelSha256: entry.sha256, contextSize: 2048 }));
const { seed: _drawn, ...sampling } = recommendedSampling(entry.sha256) ?? DEFAULT_SAMPLING;

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
for (const cleanup of cleanups.reverse()) await cleanup();
