/** Questions at a terminal. They are asked on stderr, so that stdout keeps to results. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SteadyError } from '../contract/index.ts';

/** Whether somebody is there to answer. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

async function ask(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const controller = new AbortController();
  lines.once('SIGINT', () => controller.abort());
  lines.once('close', () => controller.abort());
  try {
    process.stderr.write(question);
    return await lines.question('', { signal: controller.signal });
  } catch (cause) {
    throw new SteadyError('cancelled', 'Nothing was entered.', { cause });
  } finally {
    lines.close();
  }
}

/** What was typed, to be seen. @throws SteadyError `cancelled` for Ctrl-C or the end of input. */
export function askLine(question: string): Promise<string> {
  return ask(question, process.stderr);
}

/** What was typed, unseen. @throws SteadyError `cancelled` for Ctrl-C or the end of input. */
export async function askSecret(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await ask(question, nowhere);
  } finally {
    process.stderr.write('\n');
  }
}
