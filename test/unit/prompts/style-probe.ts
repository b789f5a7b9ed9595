/** How well the way of asking alone, without what is asked, tells two sets of prompts apart. */
import { areaUnderCurve } from '../../../steering/solver/index.ts';

/** Words that say nothing of the subject: the closed classes of English, and what requests are dressed in. */
const STYLE_WORDS = new Set(
  `a about act after again all am an and any anybody anyone are as at avoid away be because been before begin being best beginner both but by can cannot
   clear clearly could did do does doing done down each else ensure ensuring even ever every everybody everyone everything example exactly explain few first for
   from get give go good had has have he hello help her here hers him his how i if in into is it its just keep keeping kind know let like list long lot
   made make making may me might mine more morning most much must my need never no nobody none not nothing now of off on one only or other our out over own
   people person please possible purely purpose purposes quick really respect respectful responsible right safe secretly several she should show so some
   somebody someone something somewhere sorry soon step steps still stranger such tell than thank thanks that the their them themselves then there they
   thing things this those through to today together too two under until up us use used very want was way we well were what when where whether which while who
   whole whom whose why will with within without word words would write wrong yes yet you your yourself`.split(/\s+/u),
);

/** Style of one prompt: its function words, its punctuation, its length and how it begins. */
function features(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const add = (name: string, value = 1) => found.set(name, (found.get(name) ?? 0) + value);
  const words = text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
  for (const word of words) if (STYLE_WORDS.has(word)) add(word);
  for (const sign of text.match(/[^\p{L}\s]/gu) ?? []) add(`sign ${sign}`);
  add(`begins ${STYLE_WORDS.has(words[0] ?? '') ? words[0] : 'otherwise'}`);
  add('length', Math.log(text.length) - 4);
  add(/^\p{Lu}/u.test(text) ? 'capital' : 'small');
  return found;
}

const ROUNDS = 300;
const RATE = 0.5;
const DECAY = 1e-3;

/**
 * Fits a logistic regression on style features of `train` and returns its area under the curve on `test`; 0.5 is chance.
 * @param train, test pairs of text and whether it is harmful
 */
export function styleAuc(train: readonly (readonly [string, boolean])[], test: readonly (readonly [string, boolean])[]): number {
  const rows = train.map(([text, harmful]) => ({ found: [...features(text)], target: harmful ? 1 : 0 }));
  const columns = new Map([...new Set(rows.flatMap(({ found }) => found.map(([name]) => name)))].map((name, at) => [name, at]));
  const sparse = (found: Iterable<[string, number]>) =>
    [...found].flatMap(([name, value]) => (columns.has(name) ? [[columns.get(name)!, value] as const] : []));
  const weights = new Float64Array(columns.size);
  const scoreOf = (row: readonly (readonly [number, number])[]) => row.reduce((sum, [at, value]) => sum + weights[at]! * value, 0);
  const data = rows.map(({ found, target }) => ({ row: sparse(found), target }));
  for (let round = 0; round < ROUNDS; round += 1) {
    const gradient = new Float64Array(columns.size);
    for (const { row, target } of data) {
      const error = (1 / (1 + Math.exp(-scoreOf(row))) - target) / data.length;
      for (const [at, value] of row) gradient[at]! += error * value;
    }
    for (let at = 0; at < weights.length; at += 1) weights[at] = weights[at]! * (1 - DECAY) - RATE * gradient[at]!;
  }
  const scores = (wanted: boolean) => test.filter(([, harmful]) => harmful === wanted).map(([text]) => scoreOf(sparse(features(text))));
  return areaUnderCurve(scores(false), scores(true));
}
