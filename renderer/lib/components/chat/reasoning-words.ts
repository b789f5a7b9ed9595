import type { Message, ReasoningChoice } from '../../contract.ts';
import { plural } from '../../util/format.ts';

const seconds = (milliseconds: number): string => {
  const whole = Math.round(milliseconds / 1000);
  if (whole < 60) return plural(Math.max(whole, 1), 'second');
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return rest === 0 ? plural(minutes, 'minute') : `${minutes} min ${rest} s`;
};

/** What a reply's line says while the model thinks. */
export const thinkingLine = (milliseconds: number): string =>
  milliseconds < 1000 ? 'Thinking…' : `Thinking for ${seconds(milliseconds)}…`;

/** How long the model thought, and how that ended. @param seen how long that was here, for a reply that is still being written */
export function reasoningLine({ reasoning, state }: Pick<Message, 'reasoning' | 'state'>, seen: number): string {
  if (state === 'streaming' || reasoning === undefined) return `Thought for ${seconds(seen)}`;
  const { milliseconds, tokens } = reasoning;
  const time = milliseconds === null ? '' : ` for ${seconds(milliseconds)}`;
  const length = tokens === null ? '' : ` · ${plural(tokens, 'token')}`;
  if (reasoning.state === 'cut') return `Thought${time}${length} · ended at its limit`;
  if (reasoning.state === 'open') return `Thought${time}${length} · not finished`;
  return `Thought${time}${length}`;
}

const LABELS: Readonly<Record<ReasoningChoice, string>> = { off: 'Off', on: 'On', low: 'Low', medium: 'Medium', high: 'High' };

/** What can be chosen of a model's reasoning, the model's own way first. */
export const reasoningOptions = (choices: readonly ReasoningChoice[]) => [
  { value: 'own' as const, label: "Model's own" },
  ...choices.map((value) => ({ value, label: LABELS[value] })),
];

/** Which of a model's choices stands for what was chosen, perhaps for another model. */
export function chosenOf(choices: readonly ReasoningChoice[], chosen: ReasoningChoice | null): ReasoningChoice | 'own' {
  if (chosen === null) return 'own';
  if (choices.includes(chosen)) return chosen;
  return chosen !== 'off' && choices.includes('on') ? 'on' : 'own';
}
