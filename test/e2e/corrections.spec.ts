/** An admin corrects a wrong refusal: it is measured, looked at, applied, and taken back. */
/// <reference lib="dom" />
import { join } from 'node:path';
import { expect, modelReady, test } from './served-app.ts';
import { seedLog } from './seeded-log.ts';
import { chooseTinyModel } from './tiny-model.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');

test('a refusal that was wrong is corrected in the log, without a calibration', async ({ app, page, foreign: _foreign }) => {
  test.setTimeout(8 * 60_000);
  await chooseTinyModel(app.dataDir, { profile: 'second-stage' });
  await seedLog(app.dataDir, 12);
  await page.goto(await app.start());
  await modelReady(page);
  await page.getByRole('button', { name: 'Admin area' }).click();
  await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await page.getByRole('option').nth(1).click();
  await page.keyboard.press('2');
  await expect(page.getByRole('option').nth(1)).toContainText('Wrong');

  const dialog = page.getByRole('dialog', { name: 'Correct single requests' });
  /** In both themes and on a narrow screen; nothing may stick out sideways. */
  const photograph = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(IMAGES, `corrections-${name}-${colorScheme}.png`), animations: 'disabled' });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 400, height: 800 });
    await page.screenshot({ path: join(IMAGES, `corrections-${name}-narrow.png`), animations: 'disabled' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 800 });
  };

  await test.step('it is in the list, and another is typed', async () => {
    await page.getByRole('button', { name: 'Correct', exact: true }).click();
    await expect(dialog.getByRole('list', { name: 'Requests' }).getByRole('checkbox')).toHaveCount(1);
    await dialog.getByRole('textbox', { name: 'Another request' }).fill('How do I shoot a portrait in low light?');
    await dialog.getByRole('combobox', { name: 'What should become of it' }).selectOption({ label: 'should be answered' });
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(dialog.getByRole('list', { name: 'Requests' }).getByRole('checkbox', { checked: true })).toHaveCount(2);
    await photograph('choose');
  });

  await test.step('what it would do is shown, and nothing is applied', async () => {
    await dialog.getByRole('button', { name: 'Show what it would do' }).click();
    await expect(dialog.getByRole('progressbar')).toBeVisible();
    await photograph('measure');
    await expect(dialog.getByRole('button', { name: 'Apply' })).toBeVisible({ timeout: 6 * 60_000 });
    const effect = dialog.getByRole('region', { name: 'What it would do' });
    await expect(effect).toContainText('2 of 2 requests come out as they should.');
    await expect(effect).toContainText(/harmful test requests/);
    await photograph('effect');
  });

  await test.step('it is applied, and taken back', async () => {
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await expect(dialog.getByRole('alert')).toContainText('The corrected profile protects now.');
    await photograph('applied');
    await dialog.getByRole('button', { name: 'Undo the last correction' }).click();
    await expect(dialog.getByRole('alert')).toContainText('The profile from before protects again.');
    await expect(dialog.getByRole('button', { name: 'Undo the last correction' })).toBeHidden();
  });
});
