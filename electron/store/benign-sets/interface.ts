/** What the rest of the app may ask of the sets of benign prompts. Types only; what holds for every call stands in `../interface.ts`. */

export interface BenignSetRow {
  id: string;
  name: string;
  source: string;
  /** How many it holds. */
  prompts: number;
  createdAt: number;
  updatedAt: number;
}

export interface BenignPromptRow {
  /** Ascending in the order they were added. */
  promptId: number;
  text: string;
}

/** Benign prompts of the admins, in named sets. A set is filled in portions and seen once it is finished. */
export interface BenignSetStore {
  /** By name. */
  list(): Promise<BenignSetRow[]>;
  get(id: string): Promise<BenignSetRow>;
  /** Starts a set that nobody sees yet; answers its id. @throws `conflict` when the name is taken. */
  begin(input: { name: string; source: string }): Promise<string>;
  /** Adds prompts, leaving out those that the set has; answers how many were new. */
  add(id: string, texts: readonly string[]): Promise<number>;
  /** Shows a set that was begun. */
  finish(id: string): Promise<BenignSetRow>;
  /** @throws `conflict` when the name is taken. */
  rename(id: string, name: string): Promise<BenignSetRow>;
  delete(id: string): Promise<void>;
  page(id: string, offset: number, limit: number): Promise<BenignPromptRow[]>;
  /** The prompts after one, for going through a whole set with little memory. */
  after(id: string, promptId: number, limit: number): Promise<BenignPromptRow[]>;
  removePrompts(id: string, promptIds: readonly number[]): Promise<BenignSetRow>;
  /** Removes sets whose filling was cut off; answers how many. Call once at start. */
  removeUnfinished(): Promise<number>;
}
