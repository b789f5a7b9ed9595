/** Documents with a message: chosen, dropped, pasted, looked at, sent whole or in passages, kept. */
/// <reference lib="dom" />
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { docxOf, paragraph, pdfOf } from '../unit/documents/files.ts';
import { ask, expect, finished, modelReady, replies, shortGreedyReplies, test } from './served-app.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');
const composer = (page: Page) => page.locator('.composer');
const chips = (page: Page) => composer(page).getByRole('list', { name: 'Documents' }).getByRole('listitem');

/** Each document is read in a thread that starts for it, which takes its time on busy cores; milliseconds. */
const READ = { timeout: 120_000 };

/** Hands files to the page as a drop or a paste does. */
async function give(page: Page, how: 'drop' | 'paste', files: { name: string; text: string }[]) {
  await page.getByRole('textbox', { name: 'Message' }).evaluate(
    (box, { how, files }) => {
      const data = new DataTransfer();
      for (const { name, text } of files) data.items.add(new File([text], name));
      const options = { bubbles: true, cancelable: true };
      box.dispatchEvent(
        how === 'drop'
          ? new DragEvent('drop', { ...options, dataTransfer: data })
          : new ClipboardEvent('paste', { ...options, clipboardData: data }),
      );
    },
    { how, files },
  );
}

test('files are attached in three ways, looked at, sent, and stay with their message', async ({ app, chat: page }) => {
  await shortGreedyReplies(page);
  const long = Array.from({ length: 1500 }, (_, at) => `Line ${at} of the log says that nothing happened on that day.`);
  long[900] = 'The lighthouse of Alderford burned down in 1709.';

  await test.step('by the button, a drop and a paste; what cannot be read is named', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Attach files' }).click();
    await (
      await chooser
    ).setFiles([
      { name: 'paper.pdf', mimeType: 'application/pdf', buffer: Buffer.from(pdfOf(['Tides follow the moon.'])) },
      { name: 'letter.docx', mimeType: 'application/octet-stream', buffer: Buffer.from(docxOf(paragraph('Dear reader'))) },
      { name: 'shot.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47]) },
    ]);
    await expect(page.getByText('“shot.png” could not be read. It is a picture.')).toBeVisible(READ);
    await give(page, 'drop', [{ name: 'notes.txt', text: 'Bring bread.' }]);
    await give(page, 'paste', [{ name: 'table.csv', text: 'a,b\n1,2' }]);
    await expect(chips(page)).toHaveCount(4, READ);
    await expect(chips(page).filter({ hasText: 'paper.pdf' })).toContainText(/\d+ tokens/);
  });

  await test.step('they outlast a reload, are looked at and taken away', async () => {
    await page.getByRole('textbox', { name: 'Message' }).fill('What do they say?');
    // Drafts are written a moment after the last change.
    await page.waitForTimeout(600);
    await page.reload();
    await modelReady(page);
    await expect(chips(page)).toHaveCount(4);
    await chips(page).filter({ hasText: 'paper.pdf' }).getByRole('button').first().click();
    await expect(page.getByRole('dialog')).toContainText('Tides follow the moon.');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Remove table.csv' }).click();
    await expect(chips(page)).toHaveCount(3);
    await page.screenshot({ path: join(IMAGES, 'documents-draft.png') });
  });

  await test.step('sent, they stand over the message, and are there after a restart', async () => {
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(replies(page)).toHaveCount(1);
    await finished(page);
    const mine = page.getByRole('article', { name: 'You' }).first();
    await expect(mine.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(3);
    await expect(chips(page)).toHaveCount(0);
    expect(await app.stop()).toBe(0);
    await page.goto(await app.start());
    await modelReady(page);
    await page.getByLabel('Conversations').first().getByText('What do they say?').click();
    await mine.getByRole('button', { name: /letter\.docx/ }).click();
    await expect(page.getByRole('dialog')).toContainText('Dear reader');
    await page.keyboard.press('Escape');
  });

  await test.step('of a long one passages go in, said before and shown after', async () => {
    await page.getByRole('button', { name: 'New chat' }).first().click();
    await give(page, 'drop', [{ name: 'log.txt', text: long.join('\n') }]);
    await expect(chips(page)).toHaveCount(1, READ);
    await expect(composer(page)).toContainText(/This document has [\d,]+ tokens, and about [\d,]+ fit/);
    await ask(page, 'When did the lighthouse burn down?');
    const reply = replies(page).last();
    await expect(reply).toContainText('Written with passages of “log.txt”');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(IMAGES, `documents-${colorScheme}.png`) });
    }
    const passages = reply.getByRole('button', { name: /Passage \d+ of log\.txt/ });
    const marks: string[] = [];
    for (let at = 0; at < (await passages.count()); at++) {
      await passages.nth(at).click();
      await expect(page.locator('mark')).toBeVisible();
      marks.push(await page.locator('mark').innerText());
      if (at === 0) await page.screenshot({ path: join(IMAGES, 'documents-passage-dark.png') });
      await page.keyboard.press('Escape');
    }
    expect(marks.some((mark) => mark.includes('Alderford burned down in 1709'))).toBe(true);
  });
});
