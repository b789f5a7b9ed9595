/** Progress on stderr: one line that updates at a terminal, a line every few seconds elsewhere. */

const EVERY_MS = { terminal: 100, plain: 5000 };

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #last = -Infinity;
  #open = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** Shows `text`, unless another was shown a moment ago. */
  update(text: string): void {
    const now = performance.now();
    if (now - this.#last < (this.#stream.isTTY ? EVERY_MS.terminal : EVERY_MS.plain)) return;
    this.#last = now;
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
      this.#open = true;
    } else {
      this.#stream.write(`${text}\n`);
    }
  }

  /** Ends the line; `text` stays in its place. */
  done(text?: string): void {
    if (this.#open) this.#stream.write('\r\u001b[K');
    this.#open = false;
    this.#last = -Infinity;
    if (text !== undefined) this.#stream.write(`${text}\n`);
  }
}
