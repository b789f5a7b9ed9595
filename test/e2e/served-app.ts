/**
 * The real app, served by its real entry, for a browser test: its own data folder and the real engine. Its model has random
 * weights, unless a test asks for the one that ships (`test.use({ model: 'default' })`) because it looks at what is said.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { chooseTinyModel } from './tiny-model.ts';

const ENTRIES = {
  tiny: join(import.meta.dirname, 'tiny-entry.ts'),
  protect: join(import.meta.dirname, 'protect-entry.ts'),
  default: join(import.meta.dirname, '..', '..', 'electron', 'serve.ts'),
} as const;
type Model = keyof typeof ENTRIES;

export class ServedApp {
  readonly dataDir: string;
  readonly #model: Model;
  #process: ChildProcess | null = null;

  constructor(dataDir: string, model: Model) {
    this.dataDir = dataDir;
    this.#model = model;
  }

  /** Starts the app; answers the address that opens it once. */
  async start(): Promise<string> {
    const child = spawn(process.execPath, [ENTRIES[this.#model], '--data-dir', this.dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // The browser needs a core as well, and llama.cpp's threads wait for each other where one has to share its core.
      env: { STEADY_THREADS: '1', ...process.env },
    });
    this.#process = child;
    return new Promise((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const address = /http:\/\/\S+/.exec(output);
        if (address !== null) resolve(address[0]);
      });
      child.once('exit', (code) => reject(new Error(`The app ended with code ${code} before it was ready.`)));
    });
  }

  /** Ends the app as Ctrl-C does, or as a power cut would. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  get pid(): number {
    return this.#process!.pid!;
  }
}

/** A page of a freshly started app, and every address outside the app that the page tried to reach. */
export const test = base.extend<{ model: Model; app: ServedApp; chat: Page; foreign: string[] }>({
  model: ['tiny', { option: true }],
  app: async ({ model }, use) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'steady-e2e-'));
    if (model === 'tiny') await chooseTinyModel(dataDir);
    const app = new ServedApp(dataDir, model);
    await use(app);
    await app.stop();
    await rm(dataDir, { recursive: true, force: true });
  },
  foreign: async ({ page }, use) => {
    const foreign: string[] = [];
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && hostname !== '127.0.0.1') foreign.push(request.url());
    });
    await use(foreign);
    expect(foreign, 'the page reached outside').toEqual([]);
  },
  chat: async ({ app, page, foreign: _foreign }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(await app.start());
    await modelReady(page);
    await use(page);
    // A socket that closes while the app restarts is no fault of the page.
    expect(faults.filter((fault) => !/WebSocket|ERR_CONNECTION/.test(fault))).toEqual([]);
  },
});
export { expect };

/** Waits until the model is loaded and protection is on: the profile that ships is tried first, which takes its time on busy cores. */
export async function modelReady(page: Page): Promise<void> {
  await expect(page.getByRole('status', { name: 'Protection' })).toContainText('Protected', { timeout: 240_000 });
}

export const replies = (page: Page) => page.getByRole('article', { name: 'Reply' });

/** Sends a message and waits for its reply to be finished. */
export async function ask(page: Page, text: string): Promise<void> {
  const before = await replies(page).count();
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(replies(page)).toHaveCount(before + 1);
  await finished(page);
}

/** Waits until the last reply is finished. */
export async function finished(page: Page): Promise<void> {
  await expect(replies(page).last()).toHaveAttribute('data-state', 'done', { timeout: 120_000 });
}

/** Makes replies short and the same every time. */
export async function shortGreedyReplies(page: Page, maxTokens = 24): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('spinbutton', { name: 'Temperature' }).fill('0');
  await dialog.getByRole('spinbutton', { name: 'Longest reply' }).fill(String(maxTokens));
  await dialog.getByRole('spinbutton', { name: 'Longest reply' }).press('Tab');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
}
