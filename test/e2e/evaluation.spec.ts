/** An admin evaluates the model on prompts of their own: pasted and from files, stopped and resumed, and looks at the report. */
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, modelReady, test } from './served-app.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');
const MINUTE = 60_000;

async function openEvaluation(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Admin area' }).click();
  const without = page.getByRole('button', { name: 'Go without a passphrase' });
  await expect(without.or(page.getByRole('tab', { name: 'Evaluation' }))).toBeVisible();
  if (await without.isVisible()) await without.click();
  await page.getByRole('tab', { name: 'Evaluation' }).click();
  await expect(page.getByRole('heading', { name: 'Evaluation', exact: true })).toBeVisible();
}

const file = (name: string, content: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
const picker = (page: Page) => page.getByLabel('Prompt files');
const handedIn = (page: Page) => page.getByRole('list', { name: 'Prompts of this evaluation' }).locator('> li');
const running = (page: Page) => page.getByRole('region', { name: 'Running evaluation' });
const finishedJob = (page: Page, name: string) => page.getByRole('article', { name });

/** In both themes and on a narrow screen; nothing may stick out sideways. */
async function photograph(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: join(IMAGES, `evaluation-${name}-${theme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 380, height: 800 });
  await page.screenshot({ path: join(IMAGES, `evaluation-${name}-narrow.png`) });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} sticks out sideways`).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('an evaluation of one’s own prompts, from the first file to the report', async ({ app, chat: page }) => {
  await openEvaluation(page);

  await test.step('files with faults say which lines, and are not taken', async () => {
    await picker(page).setInputFiles([file('faulty.jsonl', '{"prompt": "a"}\n{"prompt": \nnonsense\n'), file('empty.txt', '')]);
    await expect(handedIn(page)).toHaveCount(2);
    await expect(handedIn(page).first()).toContainText('Line 2 is not JSON. Line 3 is not JSON.');
    await expect(handedIn(page).last()).toContainText('It has no prompts.');
    await expect(page.getByRole('button', { name: 'Start' })).toBeDisabled();
    await photograph(page, 'faults');
    for (const name of ['faulty.jsonl', 'empty.txt']) await page.getByRole('button', { name: `Remove ${name}` }).click();
  });

  await test.step('pasted prompts and a file of sums', async () => {
    await page.getByLabel('Or paste prompts, one a line').fill('Name three rivers.\nWhat is a tree?\nWhat is a tree?\n');
    await page.getByRole('button', { name: 'Add pasted prompts' }).click();
    await picker(page).setInputFiles(
      file('sums.jsonl', '{"prompt": "What is 2 + 2?", "answer": 4}\n{"prompt": "What is 3 + 4?", "answer": 7}\n'),
    );
    await expect(handedIn(page)).toHaveCount(2);
    await expect(handedIn(page).first()).toContainText('2 prompts, 1 repeated line asked once');
    await expect(handedIn(page).last()).toContainText('2 prompts, 2 with an answer');
    await page.getByLabel('Longest reply, in tokens').fill('16');
    await page.getByLabel('Longest reply, in tokens').press('Tab');
    await expect(page.getByText('4 prompts, asked 2 ways: 8 replies.')).toBeVisible();
    await photograph(page, 'ready');
  });

  await test.step('it runs, chat waits, and it ends', async () => {
    await page.getByRole('button', { name: 'Start' }).click();
    await expect(running(page)).toBeVisible();
    await photograph(page, 'running');
    await expect(finishedJob(page, 'Pasted prompts, sums.jsonl')).toContainText('Finished', { timeout: 3 * MINUTE });
    await expect(running(page)).toBeHidden();
  });

  await test.step('the results, and the report as a file', async () => {
    await page.getByRole('button', { name: 'Results: Pasted prompts, sums.jsonl' }).click();
    const sums = page.getByRole('region', { name: 'sums.jsonl', exact: true });
    await expect(sums.getByRole('row')).toHaveCount(3);
    await expect(sums.getByRole('columnheader', { name: 'Right answer' })).toBeVisible();
    await expect(sums.getByRole('row', { name: /With protection/ })).toContainText('%');
    await photograph(page, 'results');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save report' }).click();
    const report = await (await download).path();
    await page.getByRole('button', { name: 'Back to evaluations' }).click();

    const html = await readFile(report, 'utf8');
    const shown = await page.context().newPage();
    await shown.setContent(html);
    await expect(shown.getByRole('heading', { level: 1 })).toContainText('Evaluation of');
    await expect(shown.getByRole('table').first()).toContainText('sums.jsonl');
    for (const theme of ['light', 'dark'] as const) {
      await shown.emulateMedia({ colorScheme: theme });
      await shown.screenshot({ path: join(IMAGES, `evaluation-report-${theme}.png`), fullPage: true });
    }
    await shown.close();
  });

  await test.step('one that is stopped, and one that the app took down, go on', async () => {
    const many = Array.from({ length: 48 }, (_, at) => `Tell me something about the number ${at}.`).join('\n');
    await picker(page).setInputFiles(file('many.txt', many));
    await expect(handedIn(page)).toHaveCount(1);
    await page.getByRole('button', { name: 'Start' }).click();
    await expect(running(page)).toContainText('many.txt, without protection');
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(finishedJob(page, 'many.txt')).toContainText('Stopped', { timeout: MINUTE });
    await page.getByRole('button', { name: 'Resume: many.txt' }).click();
    await expect(running(page)).toContainText('many.txt, without protection');

    await app.stop('SIGKILL');
    await page.goto(await app.start());
    await modelReady(page);
    await openEvaluation(page);
    await expect(finishedJob(page, 'many.txt')).toContainText('Interrupted');
    await photograph(page, 'interrupted');
    await page.getByRole('button', { name: 'Resume: many.txt' }).click();
    await expect(running(page)).toBeVisible();
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(finishedJob(page, 'many.txt')).toContainText('Stopped', { timeout: MINUTE });
    await page.getByRole('button', { name: 'Delete many.txt' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await expect(finishedJob(page, 'many.txt')).toHaveCount(0);
  });
});
