/** Which public sets the results page knows, and what each is for. They are not part of the repository. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface KnownSet {
  file: string;
  title: string;
  /** `attack`: should be refused. `benign`: should be answered as without steering. `answers`: benign, with right answers. */
  kind: 'attack' | 'benign' | 'answers';
  about: string;
}

export const KNOWN_SETS: readonly KnownSet[] = [
  { file: 'advbench_test.jsonl', title: 'AdvBench', kind: 'attack', about: 'harmful, asked plainly' },
  { file: 'aim.jsonl', title: 'AIM', kind: 'attack', about: 'a persona without rules' },
  { file: 'autodan.jsonl', title: 'AutoDAN', kind: 'attack', about: 'evolved wrappers' },
  { file: 'cipher.jsonl', title: 'Cipher', kind: 'attack', about: 'encoded' },
  { file: 'gcg.jsonl', title: 'GCG', kind: 'attack', about: 'optimised suffixes' },
  { file: 'jailbroken.jsonl', title: 'Jailbroken', kind: 'attack', about: 'wrappers of many kinds' },
  { file: 'pair.jsonl', title: 'PAIR', kind: 'attack', about: 'rewritten until they work' },
  { file: 'renellm.jsonl', title: 'ReNeLLM', kind: 'attack', about: 'code, tables, stories' },
  { file: 'xstest_safe.jsonl', title: 'XSTest, safe half', kind: 'benign', about: 'sounds dangerous, is not' },
  { file: 'alpaca_eval.jsonl', title: 'AlpacaEval', kind: 'benign', about: 'everyday requests' },
  { file: 'gsm8k.jsonl', title: 'GSM8K', kind: 'answers', about: 'arithmetic, exact match' },
];

/** The known sets in a folder, and the names of other files there, which are left alone. */
export function setsIn(folder: string): { sets: (KnownSet & { path: string })[]; others: string[] } {
  const sets = KNOWN_SETS.map((set) => ({ ...set, path: join(folder, set.file) })).filter(({ path }) => existsSync(path));
  const others = readdirSync(folder).filter((name) => name.endsWith('.jsonl') && !KNOWN_SETS.some(({ file }) => file === name));
  return { sets, others };
}
