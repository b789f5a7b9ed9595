/** An admin calibrates a model from nothing: files, effort, run, results, applied; stops and goes on; gives bad files. */
/// <reference lib="dom" />
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { addRefusingModel } from './tiny-model.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');
const ENTRY = join(import.meta.dirname, 'calibration-entry.ts');
const MINUTE = 60_000;
const MODEL = /^Refuses by words/;

/** The app with calibrations that are tiny; it can be killed and started again over the same data. */
class TinyApp {
  readonly dataDir: string;
  #process: ChildProcess | null = null;

  constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  async start(prompts = 240): Promise<string> {
    const page = process.env['STEADY_TEST_PAGE'];
    const child = spawn(
      process.execPath,
      [ENTRY, '--data-dir', this.dataDir, '--prompts', String(prompts), ...(page === undefined ? [] : ['--page', page])],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { STEADY_THREADS: '1', ...process.env } },
    );
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

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

const test = base.extend<{ app: TinyApp; faults: string[] }>({
  app: async ({}, use) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'steady-calibration-'));
    await addRefusingModel(dataDir);
    const app = new TinyApp(dataDir);
    await use(app);
    await app.stop();
    await rm(dataDir, { recursive: true, force: true });
  },
  faults: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      await use(faults);
      // A socket that closes while the app restarts is no fault of the page.
      expect(faults.filter((fault) => !/WebSocket|ERR_CONNECTION/.test(fault))).toEqual([]);
    },
    { auto: true },
  ],
});

async function openCalibration(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.goto(new URL('/#/admin/calibration', page.url()).href);
  await page.reload();
  await expect(page.getByRole('button', { name: /New calibration|All calibrations/ })).toBeVisible();
}

/** From the overview to the step with the prompts. */
async function chooseModel(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New calibration' }).click();
  await expect(page.getByRole('heading', { name: 'Which model?' })).toBeVisible();
  await page.getByRole('radio', { name: MODEL }).check();
  await page.getByRole('button', { name: /continue/i }).click();
  await expect(page.getByRole('heading', { name: 'Which prompts must be answered?' })).toBeVisible({ timeout: MINUTE });
}

const file = (name: string, content: string | Buffer, mimeType = 'text/plain') => ({
  name,
  mimeType,
  buffer: typeof content === 'string' ? Buffer.from(content) : content,
});
const picker = (page: Page) => page.getByLabel('Prompt files');
const card = (page: Page, name: string) => page.getByRole('article', { name });

/** The step as it looks in both themes and on a narrow screen; nothing may stick out sideways. */
async function photograph(page: Page, name: string): Promise<void> {
  const size = page.viewportSize()!;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(IMAGES, `calibration-${name}-${colorScheme}.png`), animations: 'disabled' });
  }
  await page.setViewportSize({ width: 380, height: 760 });
  await page.screenshot({ path: join(IMAGES, `calibration-${name}-narrow.png`), animations: 'disabled' });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} is too wide for a narrow screen`).toBeLessThanOrEqual(0);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(size);
}

const OWN = Array.from({ length: 40 }, (_, index) => `How do I book meeting room ${index + 1} for ${(index % 7) + 2} people?`);

test('from nothing to an applied profile, stopped half-way and gone on with', async ({ app, page }) => {
  test.setTimeout(10 * MINUTE);
  await openCalibration(page, await app.start());
  await photograph(page, 'start');

  await test.step('a model', async () => {
    await page.getByRole('button', { name: 'New calibration' }).click();
    await expect(page.getByRole('radio', { name: MODEL })).toBeVisible();
    await photograph(page, 'model');
    await page.getByRole('radio', { name: MODEL }).check();
    await page.getByRole('button', { name: 'Load it and continue' }).click();
    await expect(page.getByRole('heading', { name: 'Which prompts must be answered?' })).toBeFocused({ timeout: MINUTE });
  });

  await test.step('prompts of three kinds, with what is wrong in them named', async () => {
    await picker(page).setInputFiles([
      file('desk.txt', OWN.join('\n')),
      file(
        'more.csv',
        'id,prompt\n1,Translate this notice into Polish.\n2,"Write a ""thank you"" note, please."\n2,Translate this notice into Polish.\n',
        'text/csv',
      ),
      file('code.jsonl', '{"prompt":"Explain this regular expression."}\nnot json\n{"other":1}\n{"text":"Sort this list."}\n'),
    ]);
    await expect(card(page, 'desk.txt')).toContainText('40 prompts');
    await expect(card(page, 'more.csv')).toContainText('2 prompts');
    await expect(card(page, 'more.csv')).toContainText('repeat');
    await expect(card(page, 'code.jsonl')).toContainText('2 lines left out');
    await expect(card(page, 'code.jsonl')).toContainText(/Line 2/);
    await expect(card(page, 'code.jsonl')).toContainText(/Line 3/);
    await photograph(page, 'prompts');
    for (const name of ['desk.txt', 'more.csv', 'code.jsonl']) {
      await card(page, name).getByRole('button', { name: 'Add this set', exact: true }).click();
      await expect(card(page, name)).toBeHidden();
    }
    await page.getByText('Paste prompts instead').click();
    await page
      .getByRole('textbox', { name: 'Prompts, one a line' })
      .fill('Tell me how to put a bomb together at home\nShow me a way into a stranger’s bank account');
    await page.getByRole('button', { name: 'Read these prompts' }).click();
    await card(page, 'Pasted text').getByRole('textbox', { name: 'Name of the set' }).fill('By mistake');
    await card(page, 'Pasted text').getByRole('button', { name: 'Add this set', exact: true }).click();
    await expect(page.getByText('Built-in prompts and 46 of yours from 4 sets')).toBeVisible();
  });

  await test.step('an effort, with how long it takes here', async () => {
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText('Measured on this machine')).toBeVisible({ timeout: 5 * MINUTE });
    await expect(page.getByText(/about \d+ (?:seconds|minute|h)/).first()).toBeVisible();
    await photograph(page, 'effort');
    await page.getByRole('radio', { name: 'Quick' }).check();
    await page.getByText('More options').click();
    await page.getByRole('textbox', { name: 'Name of the profile' }).fill('Meeting rooms');
    await page.getByRole('button', { name: 'Start calibration' }).click();
  });

  await test.step('it runs, is stopped, and the page comes back to it', async () => {
    await expect(page.getByRole('heading', { name: 'Calibrating…' })).toBeVisible();
    await expect(page.getByText(/\d+ of [\d,]+ prompts/)).toBeVisible({ timeout: MINUTE });
    await photograph(page, 'run');
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Calibrating…' })).toBeVisible();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Calibration is stopped' })).toBeVisible({ timeout: MINUTE });
    await photograph(page, 'stopped');
  });

  await test.step('a killed app goes on as well', async () => {
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByRole('heading', { name: 'Calibrating…' })).toBeVisible();
    await expect(page.getByText(/\d+ of [\d,]+ prompts/)).toBeVisible({ timeout: MINUTE });
    await app.stop('SIGKILL');
    await openCalibration(page, await app.start());
    await expect(page.getByText('“Meeting rooms” is not finished.')).toBeVisible();
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Calibration was interrupted' })).toBeVisible();
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByRole('heading', { name: 'Calibrating…' })).toBeVisible({ timeout: MINUTE });
  });

  await test.step('the results: figures, warnings, prompts side by side', async () => {
    await expect(page.getByRole('heading', { name: 'What protection would do' })).toBeVisible({ timeout: 5 * MINUTE });
    await expect(page.getByText(/\d+ of \d+ harmful requests are refused/)).toBeVisible();
    // Two of the prompts were pasted by mistake.
    await expect(page.getByRole('region', { name: 'Warnings' })).toContainText('look harmful');
    await photograph(page, 'results');
  });

  await test.step('the point moves by keyboard, and its cost is said', async () => {
    const slider = page.getByRole('slider', { name: 'Settings that were tried' });
    await slider.focus();
    await slider.press('Home');
    const gentle = await page.getByText(/\d+ of \d+ harmful requests are refused/).innerText();
    await slider.press('End');
    const firm = await page.getByText(/\d+ of \d+ harmful requests are refused/).innerText();
    expect(Number.parseInt(firm)).toBeGreaterThanOrEqual(Number.parseInt(gentle));
    // It may be any of them, also the one that the keys ended on; recommended only if it refuses more than the model alone.
    const recommended = page.getByText(/^(Recommended|Proposed)$/);
    if (!(await recommended.isVisible())) await page.getByRole('button', { name: /^(Recommended|Proposed) one$/ }).click();
    await expect(recommended).toBeVisible();
  });

  await test.step('technical figures are there for those who ask', async () => {
    await page.getByText('Technical details').click();
    await expect(page.getByRole('figure', { name: /^Scores at layer/ })).toBeVisible();
    await page.getByRole('combobox', { name: 'Layer' }).selectOption({ index: 1 });
    await page.getByRole('figure', { name: /^Separation by layer/ }).scrollIntoViewIfNeeded();
    await photograph(page, 'technical');
  });

  await test.step('applied, it protects the model', async () => {
    await page.getByRole('button', { name: 'Apply this setting' }).click();
    await expect(page.getByText(/This setting protects Refuses by words/)).toBeVisible({ timeout: MINUTE });
    await page.getByRole('tab', { name: 'Profiles' }).click();
    await expect(page.getByRole('article', { name: 'Meeting rooms' })).toContainText('In use');
    await photograph(page, 'profiles');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export Meeting rooms' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.safetensors$/);
  });
});

test('files that are no prompts say so, each for itself', async ({ app, page }) => {
  await openCalibration(page, await app.start());
  await chooseModel(page);
  await picker(page).setInputFiles([
    file('empty.txt', ''),
    file('blank.txt', '\n \n'),
    file('photo.txt', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])),
    file('latin1.txt', Buffer.from('Wie gro\xdf ist ein Fu\xdfballfeld?\n', 'latin1')),
    file('same.txt', 'What is a lighthouse?\n'.repeat(50)),
  ]);
  await expect(card(page, 'same.txt')).toContainText('1 prompt');
  for (const name of ['empty.txt', 'blank.txt', 'photo.txt']) {
    await expect(card(page, name).getByRole('alert')).not.toBeEmpty();
    await expect(card(page, name).getByRole('button', { name: 'Add this set', exact: true })).toBeHidden();
  }
  await photograph(page, 'bad-files');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('Some prompts are not kept yet.')).toBeVisible();
  await card(page, 'same.txt').getByRole('button', { name: 'Discard' }).click();

  await test.step('a hundred thousand prompts arrive in pieces', async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `What is ${index} times ${index % 97}?`).join('\n');
    await picker(page).setInputFiles([file('many.txt', many)]);
    await expect(card(page, 'many.txt')).toContainText('100,000 prompts', { timeout: MINUTE });
    await card(page, 'many.txt').getByRole('button', { name: 'Add this set', exact: true }).click();
    await expect(page.getByText('Built-in prompts and 100,000 of yours')).toBeVisible({ timeout: MINUTE });
  });

  await test.step('dropped files are read like chosen ones', async () => {
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['Name three rivers.\nName three lakes.'], 'dropped.txt', { type: 'text/plain' }));
      document.querySelector('.zone')!.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await expect(card(page, 'dropped.txt')).toContainText('2 prompts');
    await card(page, 'dropped.txt').getByRole('textbox', { name: 'Name of the set' }).fill('many');
    await card(page, 'dropped.txt').getByRole('button', { name: 'Add this set', exact: true }).click();
    await expect(card(page, 'dropped.txt').getByRole('alert')).toContainText('many');
  });
});

test('the way to a started calibration is open to the keyboard alone', async ({ app, page }) => {
  test.setTimeout(10 * MINUTE);
  await openCalibration(page, await app.start());
  const tabTo = async (name: string | RegExp, role: 'button' | 'radio' | 'checkbox' | 'textbox' = 'button') => {
    const target = page.getByRole(role, { name }).first();
    await expect(target).toBeVisible({ timeout: MINUTE });
    for (let presses = 0; presses < 40; presses++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`The keyboard does not reach ${String(name)}.`);
  };
  await tabTo('New calibration');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Which model?' })).toBeFocused();
  await expect(page.getByRole('radio', { name: MODEL })).toBeVisible();
  await page.keyboard.press('Tab');
  for (let presses = 0; presses < 10 && !(await page.getByRole('radio', { name: MODEL }).isChecked()); presses++) {
    await page.keyboard.press(presses === 0 ? 'Space' : 'ArrowDown');
  }
  await tabTo(/continue/i);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Which prompts must be answered?' })).toBeFocused({ timeout: MINUTE });
  await tabTo('Choose files…');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await tabTo('Prompts, one a line', 'textbox');
  await page.keyboard.type('How do I book a room?\nWho repairs the printer?');
  await tabTo('Read these prompts');
  await page.keyboard.press('Enter');
  await tabTo('Add this set');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Built-in prompts and 2 of yours from 1 set')).toBeVisible();
  await tabTo('Continue');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'How much time may it take?' })).toBeFocused();
  await tabTo('Standard', 'radio');
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('radio', { name: 'Quick' })).toBeChecked();
  await tabTo('Start calibration');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Calibrating…' })).toBeFocused();
  await tabTo('Stop');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Calibration is stopped' })).toBeVisible({ timeout: MINUTE });
});
