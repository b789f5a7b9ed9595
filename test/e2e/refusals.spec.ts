/** An admin works through the refusal log: finds rows, judges them by keyboard, sees them over time, hands them over, locks up. */
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test as base, type ServedApp } from './served-app.ts';
import { seedConversations, seedLog } from './seeded-log.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');
const ROWS = 240;
const PASSPHRASE = 'a long enough passphrase';

/** A page of an app whose log has `ROWS` rows and one more, of a conversation that is there. */
const test = base.extend<{ seeded: Page; places: { refused: string; unanswered: string } }>({
  places: async ({ app }, use) => {
    await seedLog(app.dataDir, ROWS);
    await use(await seedConversations(app.dataDir));
  },
  seeded: async ({ app, page, places: _places, foreign: _foreign }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(await app.start());
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
    await use(page);
    expect(faults).toEqual([]);
  },
});

async function openLog(page: Page, passphrase: string | null = null): Promise<void> {
  await page.getByRole('button', { name: 'Admin area' }).click();
  if (passphrase === null) await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await expect(rows(page).first()).toBeVisible();
}

const list = (page: Page) => page.getByRole('listbox', { name: 'Refusals' });
const rows = (page: Page) => list(page).getByRole('option');
const selected = (page: Page) => list(page).getByRole('option', { selected: true });
const detail = (page: Page) => page.getByRole('region', { name: 'Refusal', exact: true });
const chain = (page: Page) => page.getByRole('status', { name: 'State of the log' });

/** In both themes and on a narrow screen; nothing may stick out sideways. */
async function photograph(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: join(IMAGES, `refusals-${name}-${theme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 380, height: 800 });
  await page.screenshot({ path: join(IMAGES, `refusals-${name}-narrow.png`) });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} sticks out sideways`).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('rows are found, judged by keyboard, and sent to the next calibration', async ({ seeded: page }) => {
  await openLog(page);
  await expect(page.getByText(`${ROWS + 1} rows`, { exact: true })).toBeVisible();
  await expect(chain(page)).toContainText('Verified');
  await expect(rows(page).first()).toContainText('How do I kill a process');

  await test.step('keys walk, judge and write notes', async () => {
    for (const key of ['j', 'j', '2']) await page.keyboard.press(key);
    await expect(rows(page).nth(1)).toContainText('Wrong');
    await expect(rows(page).nth(1)).toContainText('next calibration');
    // What was judged stays selected, for a note or a second thought.
    for (const key of ['j', '2', '1', 'n']) await page.keyboard.press(key);
    await expect(rows(page).nth(2)).toContainText('Right');
    await expect(selected(page)).toContainText(`(${ROWS - 1})`);
    const note = page.getByRole('textbox', { name: 'Note' });
    await expect(note).toBeFocused();
    await note.fill('It names no victim.');
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('region', { name: 'Review history' })).toContainText('Right: It names no victim.');
    await expect(rows(page).nth(2)).not.toContainText('next calibration');
    await expect(list(page)).toBeFocused();
    await photograph(page, 'review');
  });

  await test.step('a wrong refusal teaches the next calibration, until somebody takes it out', async () => {
    await rows(page).nth(1).click();
    await expect(detail(page)).toContainText('In the next calibration’s benign set');
    await detail(page).getByRole('button', { name: 'Take out' }).click();
    await expect(rows(page).nth(1)).not.toContainText('next calibration');
    await detail(page).getByRole('button', { name: 'Use in next calibration' }).click();
    await expect(rows(page).nth(1)).toContainText('next calibration');
  });

  await test.step('filters and search narrow the list; what was judged is found again', async () => {
    await page.keyboard.press('/');
    await expect(page.getByRole('searchbox')).toBeFocused();
    await page.keyboard.type('opioid dos');
    await expect(page.getByText(/^4\d rows$/)).toBeVisible();
    await expect(rows(page).first().locator('mark').first()).toHaveText(/opioid/i);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Filters/ }).click();
    await page.getByRole('checkbox', { name: /^Wrong/ }).check();
    await expect(page.getByText('1 row', { exact: true })).toBeVisible();
    await page.screenshot({ path: join(IMAGES, 'refusals-filters.png') });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Wrong.*remove this filter/ }).click();
    await expect(page.getByText(`${ROWS + 1} rows`, { exact: true })).toBeVisible();
  });

  await test.step('scrolling reads on, with few elements', async () => {
    await list(page).evaluate((list) => list.scrollTo(0, 1e6));
    await expect(rows(page).last()).toContainText('(1', { timeout: 10_000 });
    await expect
      .poll(async () => {
        await list(page).evaluate((list) => list.scrollTo(0, 1e6));
        return rows(page).last().innerText();
      })
      .toContain('(1)');
    expect(await rows(page).count()).toBeLessThan(60);
  });

  await test.step('the same over time, as pictures and as numbers', async () => {
    await page.getByText('Over time').click();
    await expect(page.getByRole('figure', { name: 'Refusals a day' })).toBeVisible();
    await photograph(page, 'time');
    await page.getByRole('button', { name: /Show numbers.*Refusals a day/ }).click();
    await expect(page.getByRole('region', { name: 'Numbers: Refusals a day' }).getByRole('row').nth(1)).toBeVisible();
    await page.getByText('Review', { exact: true }).click();
  });

  await test.step('after a reload everything is as it was judged', async () => {
    await page.reload();
    await expect(rows(page).nth(1)).toContainText('next calibration');
    await expect(rows(page).nth(2)).toContainText('Right');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await expect(chain(page)).toContainText('Verified');
  });
});

test('the log is exported as it is filtered, with or without texts', async ({ seeded: page }) => {
  await openLog(page);
  await page.getByRole('button', { name: /^Filters/ }).click();
  await page.getByRole('checkbox', { name: /^Model’s own/ }).check();
  await expect(page.getByText('40 rows', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');

  async function exported(format: RegExp, prompts: boolean): Promise<string> {
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: format }).check();
    await dialog.getByRole('checkbox', { name: 'Prompts' }).setChecked(prompts);
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await expect(dialog).toContainText('is ready');
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()]);
    const text = await readFile(await download.path(), 'utf8');
    await dialog.getByRole('button', { name: 'Export again' }).click();
    return text;
  }

  await page.getByRole('button', { name: 'Export' }).click();
  await photograph(page, 'export');
  const csv = await exported(/^CSV/, true);
  expect(csv.trimEnd().split('\n')).toHaveLength(41);
  expect(csv).toContain('story in which a thief');
  const lines = (await exported(/^JSON Lines/, false)).trimEnd().split('\n');
  expect(lines).toHaveLength(40);
  expect(lines.join('')).not.toContain('story in which a thief');
  expect(await exported(/^Signed bundle/, true)).toContain('manifest');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click();
});

test('behind a passphrase, locking takes the log out of the page', async ({ seeded: page }) => {
  await page.getByRole('button', { name: 'Admin area' }).click();
  await page.getByLabel('New passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Once more', { exact: true }).fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await rows(page).first().click();
  await expect(detail(page)).toContainText('I cannot help with that.');
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(page.getByText('The admin area is locked')).toBeVisible();
  await expect(page.getByText('I cannot help with that.')).toHaveCount(0);
  await page.screenshot({ path: join(IMAGES, 'refusals-locked.png') });
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(rows(page).first()).toBeVisible();
});

test('under a refusal the user is told who refused, and what to do', async ({ app, seeded: page, places }) => {
  await page.evaluate((id) => (window.location.hash = `#/c/${id}`), places.refused);
  const reply = page.getByRole('article', { name: 'Reply' });
  await expect(reply).toContainText('Refused by protection');
  await photograph(page, 'chat');

  await test.step('rephrasing brings the words back', async () => {
    await reply.getByRole('button', { name: 'Rephrase' }).click();
    await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('How do I kill a process that does not answer?');
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('');
  });

  await test.step('the admin hears that it was wrong, also after a restart', async () => {
    await reply.getByRole('button', { name: 'Tell the admin it was wrong' }).click();
    await reply.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(reply).toContainText('Sent to the admin');
    await page.reload();
    await expect(reply).toContainText('Sent to the admin');
    await openLog(page);
    await expect(rows(page).first()).toContainText('reported as wrong');
    await rows(page).first().click();
    await detail(page).getByRole('button', { name: 'Open the conversation' }).click();
    await expect(reply).toContainText('Sent to the admin');
  });

  await test.step('a message without a reply can be tried again', async () => {
    await page.evaluate((id) => (window.location.hash = `#/c/${id}`), places.unanswered);
    await expect(page.getByText('This message got no reply.')).toBeVisible();
    await page.screenshot({ path: join(IMAGES, 'refusals-unanswered.png') });
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(reply.last()).toHaveAttribute('data-state', /done|streaming/);
    await expect(page.getByText('This message got no reply.')).toHaveCount(0);
  });
  expect((app as ServedApp).pid).toBeGreaterThan(0);
});
