/**
 * Shows a person what set-up is doing, always on standard error: one line that keeps changing on a terminal, a line
 * every few seconds elsewhere.
 */

const PLAIN_EVERY_MS = 5000;
const TERMINAL_EVERY_MS = 200;

/** @param {{ stream?: NodeJS.WriteStream }} [options] */
export function createReporter({ stream = process.stderr } = {}) {
  const terminal = Boolean(stream.isTTY);
  let title = '';
  let detail = '';
  let startedAt = 0;
  let lastPlain = 0;
  let timer;

  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const line = () => `${title} …${detail === '' ? '' : ` ${detail}`}${seconds() >= 2 ? ` (${seconds()} s)` : ''}`;
  const clear = () => terminal && stream.write('\r\x1b[2K');
  const draw = () => {
    if (terminal) {
      clear();
      stream.write(line().slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
    } else if (Date.now() - lastPlain >= PLAIN_EVERY_MS) {
      lastPlain = Date.now();
      stream.write(`${line()}\n`);
    }
  };
  const end = () => {
    clearInterval(timer);
    timer = undefined;
    clear();
  };

  return {
    /** A step begins. */
    begin(text) {
      title = text;
      detail = '';
      startedAt = Date.now();
      lastPlain = 0;
      draw();
      timer = setInterval(draw, TERMINAL_EVERY_MS);
      timer.unref();
    },
    /** How far the step is. */
    update(text) {
      detail = text;
    },
    /** The step is over. */
    done(text = `${title}: done`) {
      end();
      stream.write(`${text}${seconds() >= 2 ? ` (${seconds()} s)` : ''}\n`);
    },
    fail() {
      end();
    },
    /** One line that stays. */
    note(text) {
      clear();
      stream.write(`${text}\n`);
      if (timer) draw();
    },
  };
}

/** `491 MB`, `4.7 GB`. */
export function formatBytes(bytes) {
  return bytes >= 999.5e6 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
