/** The playground: what is tried, under which two settings, and what came of it. It stays while the page does. */
import {
  MAX_PLAYGROUND_TURNS,
  type PlaygroundPrompt,
  type PlaygroundReading,
  type PlaygroundReply,
  type PlaygroundSide,
  type TestSet,
} from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

/** Something that was said before the message. */
export interface EarlierTurn {
  readonly user: string;
  readonly assistant: string;
}

/** A reply that is written, or was. */
export interface TriedReply {
  readonly id: string;
  readonly text: string;
  /** Null while it is written, and where it failed. */
  readonly done: PlaygroundReply | null;
  readonly problem: Problem | null;
}

/** What was read of a text. */
export interface TriedReading extends PlaygroundReading {
  readonly text: string;
}

export type SideIndex = 0 | 1;
export const SIDES: readonly SideIndex[] = [0, 1];

/** Long enough not to read every letter, short enough to follow. */
const DEBOUNCE_MS = 300;
/** Where prompts go that are kept, until another set is named. */
export const FIRST_SET = 'Should be answered';

const BARE: PlaygroundSide = { profileId: null, strength: 1, threshold: 0 };

export class Playground {
  text = $state('');
  systemPrompt = $state('');
  earlier = $state.raw<readonly EarlierTurn[]>([]);
  maxTokens = $state(160);
  sides = $state.raw<readonly [PlaygroundSide, PlaygroundSide]>([BARE, BARE]);
  readings = $state.raw<readonly [TriedReading | null, TriedReading | null]>([null, null]);
  replies = $state.raw<readonly [TriedReply | null, TriedReply | null]>([null, null]);
  reading = $state(false);
  problem = $state.raw<Problem | null>(null);
  writing = $state(false);
  testSets = $state.raw<readonly TestSet[]>([]);
  setName = $state(FIRST_SET);
  /** The set that the prompt was kept in last, until the prompt changes. */
  kept = $state.raw<TestSet | null>(null);
  keepProblem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Only the newest reading counts. */
  #readings = 0;
  #stopped = false;
  /** The profile that the second side began with; another one takes its place there unless somebody chose. */
  #preset: string | null = null;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('playground.text', ({ replyId, offset, delta }) => {
      this.#patchReply(replyId, (reply) => (reply.text.length === offset ? { ...reply, text: reply.text + delta } : reply));
    });
    bridge.on('tests.changed', () => void this.loadTests());
  }

  get prompt(): PlaygroundPrompt {
    const before = this.earlier.flatMap(({ user, assistant }) => [
      { role: 'user' as const, text: user },
      { role: 'assistant' as const, text: assistant },
    ]);
    return { systemPrompt: this.systemPrompt, turns: [...before, { role: 'user', text: this.text }] };
  }

  /** Whether there is something to try: a message, and nothing empty before it. */
  get complete(): boolean {
    return this.prompt.turns.every(({ text }) => text.trim() !== '');
  }

  get mayAddEarlier(): boolean {
    return this.prompt.turns.length + 2 <= MAX_PLAYGROUND_TURNS;
  }

  /**
   * Which profiles the loaded model has, and which of them protects it. Where another one does, or there is another model, what was
   * read is of the one before.
   */
  offer(profileIds: readonly string[], current: string | null): void {
    const moved = ({ profileId, ...side }: PlaygroundSide, from: string | null, to: string | null): PlaygroundSide => {
      const next = profileId === from ? to : profileId;
      return { ...side, profileId: next === null || profileIds.includes(next) ? next : null };
    };
    const [a, b] = this.sides;
    const sides = [moved(a, null, null), moved(b, this.#preset, current)] as const;
    this.#preset = current;
    if (sides[0].profileId === a.profileId && sides[1].profileId === b.profileId) return;
    this.sides = sides;
    this.replies = [null, null];
    this.changed();
  }

  change(side: SideIndex, patch: Partial<PlaygroundSide>): void {
    const next = { ...this.sides[side], ...patch };
    this.sides = side === 0 ? [next, this.sides[1]] : [this.sides[0], next];
    this.replies = side === 0 ? [null, this.replies[1]] : [this.replies[0], null];
    this.changed();
  }

  setEarlier(earlier: readonly EarlierTurn[]): void {
    this.earlier = earlier;
    this.promptChanged();
  }

  /** The prompt is another: replies are not to it. */
  promptChanged(): void {
    this.replies = [null, null];
    this.kept = null;
    this.keepProblem = null;
    this.changed();
  }

  /** Something was typed or moved: reads anew once that pauses. */
  changed(): void {
    clearTimeout(this.#timer);
    // While a reply is written it would wait behind it; it is read afterwards.
    if (this.writing) return;
    if (!this.complete) {
      this.#readings++;
      this.reading = false;
      this.readings = [null, null];
      this.problem = null;
      return;
    }
    this.#timer = setTimeout(() => void this.read(), DEBOUNCE_MS);
  }

  /** Reads the prompt under both sides. A failure is kept in `problem`. */
  async read(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.complete) return;
    const mine = ++this.#readings;
    const { text } = this;
    this.reading = true;
    try {
      const { sides } = await this.#bridge.call('playground.read', { prompt: this.prompt, sides: [...this.sides] });
      if (mine !== this.#readings) return;
      const of = (at: SideIndex) => (sides[at] === undefined ? null : { ...sides[at], text });
      this.readings = [of(0), of(1)];
      this.problem = null;
    } catch (error) {
      if (mine !== this.#readings) return;
      const problem = toProblem(error);
      // A newer reading, of another page perhaps, took its place.
      if (problem.code !== 'cancelled') this.problem = problem;
    }
    this.reading = false;
  }

  /** Has both sides answer, one after the other. */
  async answer(): Promise<void> {
    if (this.writing || !this.complete) return;
    clearTimeout(this.#timer);
    this.#readings++;
    this.reading = false;
    this.writing = true;
    this.#stopped = false;
    const [a, b] = SIDES.map((): TriedReply => ({ id: crypto.randomUUID(), text: '', done: null, problem: null }));
    this.replies = [a!, b!];
    const { prompt, text, sides, maxTokens } = this;
    for (const at of SIDES) {
      const reply = this.replies[at];
      if (reply === null || this.#stopped) continue;
      await this.#answer(at, { replyId: reply.id, prompt, side: sides[at], maxTokens }, text);
    }
    this.writing = false;
    // The message may have been changed meanwhile.
    if (text !== this.text || this.readings.includes(null)) this.changed();
  }

  /** Ends what is written. What is there stays. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#bridge.call('playground.stop', {}).catch(() => undefined);
  }

  async loadTests(): Promise<void> {
    try {
      this.testSets = (await this.#bridge.call('tests.list', {})).sets;
    } catch (error) {
      this.keepProblem = toProblem(error);
    }
  }

  /** Keeps the prompt as a test, in the set that is named. */
  async keep(): Promise<void> {
    this.keepProblem = null;
    try {
      this.kept = await this.#bridge.call('tests.keep', { name: this.setName, prompt: this.prompt });
    } catch (error) {
      this.keepProblem = toProblem(error);
    }
  }

  async discardTests(id: string): Promise<void> {
    await this.#bridge.call('tests.discard', { id });
    await this.loadTests();
  }

  async #answer(
    at: SideIndex,
    input: { replyId: string; prompt: PlaygroundPrompt; side: PlaygroundSide; maxTokens: number },
    text: string,
  ) {
    try {
      const done = await this.#bridge.call('playground.reply', input);
      this.#patchReply(input.replyId, (reply) => ({ ...reply, text: done.text, done }));
      const { reading, scores, steered, promptTokens } = done;
      if (text === this.text) {
        const read = { reading, scores, steered, promptTokens, text };
        this.readings = at === 0 ? [read, this.readings[1]] : [this.readings[0], read];
      }
    } catch (error) {
      const problem = toProblem(error);
      this.#patchReply(input.replyId, (reply) => ({ ...reply, problem: problem.code === 'cancelled' ? null : problem }));
    }
  }

  #patchReply(id: string, patch: (reply: TriedReply) => TriedReply): void {
    const [a, b] = this.replies;
    this.replies = [a?.id === id ? patch(a) : a, b?.id === id ? patch(b) : b];
  }
}
