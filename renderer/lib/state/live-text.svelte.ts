/** The text of one reply while it is written, put together from deltas that may come twice, late or out of order. */
export class LiveText {
  #text = $state('');
  /** Deltas that start beyond the text so far, by offset. */
  readonly #early = new Map<number, string>();

  get text(): string {
    return this.#text;
  }

  /** Whether text in the middle is missing; a snapshot (`seed`) is needed if it stays so. */
  get hasGap(): boolean {
    return this.#early.size > 0;
  }

  /** Adds `delta`, which starts `offset` UTF-16 units into the reply. Text that is already there is not added again. */
  apply(offset: number, delta: string): void {
    if (offset > this.#text.length) {
      const known = this.#early.get(offset);
      if (known === undefined || known.length < delta.length) this.#early.set(offset, delta);
      return;
    }
    this.#append(offset, delta);
    this.#drain();
  }

  /** Takes a snapshot of the reply, if it knows more than is here. */
  seed(text: string): void {
    if (text.length > this.#text.length) this.#text = text;
    this.#drain();
  }

  #append(offset: number, delta: string): void {
    const fresh = delta.slice(this.#text.length - offset);
    if (fresh !== '') this.#text += fresh;
  }

  #drain(): void {
    for (const offset of [...this.#early.keys()].sort((a, b) => a - b)) {
      if (offset > this.#text.length) return;
      this.#append(offset, this.#early.get(offset) ?? '');
      this.#early.delete(offset);
    }
  }
}
