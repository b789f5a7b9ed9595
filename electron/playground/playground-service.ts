/**
 * Trying a prompt under settings of one's own. They go with each request to the engine and end with it, so chats keep their profile, its
 * strength and their cache whatever happens meanwhile. Replies of chats go on beside it.
 */
import { randomUUID } from 'node:crypto';
import { requireAllowedModel, type Policies } from '../admin/policies.ts';
import {
  SteadyError,
  type PlaygroundPrompt,
  type PlaygroundReading,
  type PlaygroundReply,
  type PlaygroundSide,
} from '../contract/index.ts';
import type { TrialInput, TrialResult } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import type { EngineLease } from '../jobs/engine-lease.ts';
import type { ProfileLibrary } from '../profiles/profile-library.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';

export interface PlaygroundServiceOptions {
  engine: EngineSupervisor;
  lease: EngineLease;
  policies: Policies;
  events: AppEvents;
  library: Pick<ProfileLibrary, 'locate'>;
  /** @throws `policy` where nobody may see what a model says with less than the protection in force */
  checkUnsteered(): Promise<void>;
}

type Located = Awaited<ReturnType<ProfileLibrary['locate']>>;

/** What an engine applies at most. */
const MOST_STRENGTH = 10;

export class PlaygroundService {
  readonly #options: PlaygroundServiceOptions;
  /** Finding a profile reads and hashes every one of the library: too much while somebody types. */
  readonly #located = new Map<string, Promise<Located>>();
  /** What is under way, by its id in the engine. */
  readonly #reading = new Set<string>();
  readonly #writing = new Set<string>();

  constructor(options: PlaygroundServiceOptions) {
    this.#options = options;
    options.events.on('profiles.changed', () => this.#located.clear());
    options.engine.onText(({ replyId, part, offset, delta }) => {
      if (part === 'reply' && this.#writing.has(replyId)) options.events.emit('playground.text', { replyId, offset, delta });
    });
  }

  /** See `playground.read`. */
  async read(prompt: PlaygroundPrompt, sides: readonly PlaygroundSide[]): Promise<{ sides: PlaygroundReading[] }> {
    const older = [...this.#reading];
    this.#reading.clear();
    const trialId = randomUUID();
    this.#reading.add(trialId);
    this.#end(older);
    try {
      const results: PlaygroundReading[] = [];
      for (const side of sides) {
        // One that came later took its place.
        if (!this.#reading.has(trialId)) throw new SteadyError('cancelled', 'Something newer is being read.');
        results.push(readingOf(await this.#try(trialId, prompt, side, 0)));
      }
      return { sides: results };
    } finally {
      this.#reading.delete(trialId);
    }
  }

  /** See `playground.reply`. */
  async reply(replyId: string, prompt: PlaygroundPrompt, side: PlaygroundSide, maxTokens: number): Promise<PlaygroundReply> {
    if (!(await this.#protectsAsChats(side))) await this.#options.checkUnsteered();
    this.#writing.add(replyId);
    try {
      const result = await this.#try(replyId, prompt, side, maxTokens);
      const { verdict } = judgeReply(result.text, { prompt: prompt.turns.at(-1)!.text });
      return { ...readingOf(result), text: result.text, finishReason: result.finishReason ?? 'end', verdict };
    } finally {
      this.#writing.delete(replyId);
    }
  }

  stop(): void {
    this.#end([...this.#reading, ...this.#writing]);
  }

  async #try(trialId: string, prompt: PlaygroundPrompt, side: PlaygroundSide, maxTokens: number): Promise<TrialResult> {
    const { engine, lease, policies } = this.#options;
    const shared = lease.share({ what: 'A prompt is being tried in the playground', hint: 'Wait until it is answered, or stop it.' });
    try {
      await engine.ready();
      const { modelSha256 } = engine.target!;
      if (policies.problem !== null) throw policies.problem;
      requireAllowedModel(policies, modelSha256);
      const input: TrialInput = {
        trialId,
        prompt: asImported(prompt),
        modelSha256,
        shift: 0,
        profilePath: null,
        strength: null,
        maxTokens,
      };
      if (side.profileId !== null) {
        const { path, strength } = await this.#locate(side.profileId);
        input.profilePath = path;
        // As it is where nothing is changed: a product of its own could differ in its last bit.
        if (side.strength !== 1) input.strength = Math.min(MOST_STRENGTH, strength * side.strength);
        input.shift = side.threshold;
      }
      return await engine.call('trial.run', input);
    } finally {
      shared.release();
    }
  }

  async #protectsAsChats({ profileId, strength, threshold }: PlaygroundSide): Promise<boolean> {
    if (profileId === null || strength < 1 || threshold > 0) return false;
    return (await this.#locate(profileId)).current;
  }

  #locate(id: string): Promise<Located> {
    let located = this.#located.get(id);
    if (located === undefined) {
      located = this.#options.library.locate(id);
      located.catch(() => this.#located.delete(id));
      this.#located.set(id, located);
    }
    return located;
  }

  #end(ids: readonly string[]): void {
    const { engine } = this.#options;
    for (const replyId of ids) if (engine.model !== null) void engine.call('chat.stop', { replyId }).catch(() => undefined);
  }
}

/** What an admin typed as the model's turns, it did not write under protection: they are read as those of an imported conversation. */
function asImported({ systemPrompt, turns }: PlaygroundPrompt): TrialInput['prompt'] {
  return { systemPrompt, turns: turns.map((turn) => (turn.role === 'assistant' ? { ...turn, foreign: true } : turn)) };
}

function readingOf({ reading, scores, steered, promptTokens }: TrialResult): PlaygroundReading {
  return { reading, scores, steered, promptTokens };
}
