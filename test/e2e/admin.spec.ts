/** The admin area in a real browser, on the real app: the first choice, the lock, policies, managed values, files of conversations. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test as base, type ServedApp } from './served-app.ts';

const PASSPHRASE = 'correct horse battery';
const NARROW = { width: 380, height: 720 };
const WIDE = { width: 1200, height: 800 };

/** The page of a freshly started app; no model is needed here. */
const test = base.extend<{ open: Page }>({
  open: async ({ app, page, foreign: _foreign }, use) => {
    await page.goto(await app.start());
    await expect(page.getByRole('navigation', { name: 'Conversations' })).toBeVisible();
    await use(page);
  },
});

/** Keeps pictures of a state, to be looked at: light, dark, narrow. */
async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: test.info().outputPath(`${name}-${colorScheme}.png`) });
  }
  await page.setViewportSize(NARROW);
  await page.screenshot({ path: test.info().outputPath(`${name}-narrow.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wide, `${name} is wider than a narrow window`).toBe(false);
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: 'light' });
}

const enterArea = (page: Page) => page.getByRole('button', { name: 'Admin area' }).click();
const heading = (page: Page, name: string) => page.getByRole('heading', { name });
const tab = (page: Page, name: string) => page.getByRole('tab', { name });

async function setPassphrase(page: Page): Promise<void> {
  await enterArea(page);
  await page.getByLabel('New passphrase').fill(PASSPHRASE);
  await page.getByLabel('Once more').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await expect(tab(page, 'Policies')).toBeVisible();
}

async function unlock(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByRole('button', { name: 'Unlock' }).click();
}

/** Asks the app past the page, on a connection of its own; answers the error's code, or `ok`. */
function askDirectly(page: Page, name: string, input: object): Promise<string> {
  return page.evaluate(
    ([request, argument]) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/rpc`);
        socket.onopen = () => socket.send(JSON.stringify({ t: 'q', i: '1', m: 'request', a: [request, argument] }));
        socket.onmessage = ({ data }) => {
          const frame = JSON.parse(String(data)) as { t: string; i?: string; r?: { ok: boolean; error?: { code: string } } };
          if (frame.t !== 's' || frame.i !== '1') return;
          resolve(frame.r?.ok === true ? 'ok' : (frame.r?.error?.code ?? 'no answer'));
          socket.close();
        };
        socket.onerror = () => resolve('refused');
      }),
    [name, input] as const,
  );
}

test('without a passphrase the area opens to all, and says so', async ({ open: page }) => {
  await enterArea(page);
  await expect(heading(page, 'Who may use the admin area?')).toBeVisible();
  expect(await askDirectly(page, 'profiles.list', {})).toBe('locked');
  await picture(page, 'first-choice');
  await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await expect(page.getByRole('button', { name: 'No passphrase' })).toBeVisible();
  expect(page.url()).toContain('#/admin/refusals');
  expect(await askDirectly(page, 'profiles.list', {})).toBe('ok');

  await tab(page, 'Policies').click();
  await expect(page.getByText('No passphrase is set')).toBeVisible();
  await page.getByLabel('Steering').selectOption({ label: 'May be switched off' });
  await page.getByLabel('How long it is kept').fill('30');
  await page.getByLabel('How long it is kept').press('Tab');
  await expect(page.getByRole('alertdialog', { name: 'Keep the refusal log for less long?' })).toContainText('30 days');
  await picture(page, 'shorter-retention');
  await page.getByRole('button', { name: 'Remove older entries' }).click();
  await expect(page.getByText('Policies were set: retentionDays = 30.')).toBeVisible();
  await picture(page, 'policies');
  await page.reload();
  await expect(page.getByLabel('How long it is kept')).toHaveValue('30');
  await expect(page.getByLabel('Steering')).toHaveValue('switchable');

  await page.getByRole('tab', { name: 'Policies' }).focus();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('navigation', { name: 'Conversations' })).toBeVisible();
  expect(page.url()).not.toContain('admin');
  await page.goBack();
  await expect(tab(page, 'Policies')).toBeVisible();
});

test('with a passphrase: wrong ones are refused and then cost time, the right one opens, the button locks', async ({ open: page }) => {
  await enterArea(page);
  await page.getByLabel('New passphrase').fill('short');
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await expect(page.getByText('At least 8 characters.')).toBeVisible();
  await page.getByLabel('New passphrase').fill(PASSPHRASE);
  await page.getByLabel('Once more').fill('something else');
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await expect(page.getByText('The two are not the same.')).toBeVisible();
  await page.getByLabel('Once more').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await expect(tab(page, 'Policies')).toBeVisible();

  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(heading(page, 'The admin area is locked')).toBeVisible();
  await expect(tab(page, 'Policies')).toBeHidden();
  expect(await askDirectly(page, 'admin.policies', {})).toBe('locked');
  expect(await askDirectly(page, 'admin.setPolicies', { steering: 'switchable' })).toBe('locked');
  await picture(page, 'locked');
  await unlock(page, PASSPHRASE);
  await expect(tab(page, 'Policies')).toBeVisible();

  // Another page, and this one after a reload, are connections of their own.
  expect(await askDirectly(page, 'admin.policies', {})).toBe('locked');
  await page.reload();
  await expect(heading(page, 'The admin area is locked')).toBeVisible();
  for (let n = 0; n < 3; n++) {
    await unlock(page, `wrong horse ${n}`);
    if (n < 2) await expect(page.getByText('That is not the passphrase.')).toBeVisible();
  }
  await expect(page.getByText('Too many wrong passphrases.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Unlock' })).toBeDisabled();
  await picture(page, 'waiting');
  await expect(page.getByRole('button', { name: 'Unlock' })).toBeEnabled({ timeout: 20_000 });
  await unlock(page, PASSPHRASE);
  await expect(tab(page, 'Policies')).toBeVisible();
});

test('the area locks by itself when nobody is there', async ({ open: page }) => {
  test.setTimeout(240_000);
  await setPassphrase(page);
  await tab(page, 'Policies').click();
  await page.getByLabel('Locks by itself').fill('1');
  await page.getByLabel('Locks by itself').press('Tab');
  await expect(page.getByText('idleLockMinutes = 1')).toBeVisible();
  await expect(heading(page, 'The admin area is locked')).toBeVisible({ timeout: 90_000 });
  await expect(page.getByText('idleLockMinutes = 1')).toBeHidden();
  expect(await askDirectly(page, 'admin.policies', {})).toBe('locked');
});

async function withPolicy(app: ServedApp, page: Page, policy: string): Promise<void> {
  await writeFile(join(app.dataDir, 'policy.json'), policy);
  await page.goto(await app.start());
  await expect(page.getByRole('navigation', { name: 'Conversations' })).toBeVisible();
}

test('what a policy file sets is shown and cannot be changed', async ({ app, page }) => {
  await withPolicy(app, page, JSON.stringify({ version: 1, steering: 'mandatory', unprotectedChat: 'forbidden', retentionDays: 90 }));
  await enterArea(page);
  await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await tab(page, 'Policies').click();
  await expect(page.getByText('Managed: a policy file sets this')).toHaveCount(3);
  await expect(page.getByLabel('Steering')).toBeDisabled();
  await expect(page.getByLabel('How long it is kept')).toHaveValue('90');
  await expect(page.getByLabel('How long it is kept')).toBeDisabled();
  await expect(page.getByLabel('Who may read it')).toBeEnabled();
  await expect(page.getByText(join(app.dataDir, 'policy.json'))).toBeVisible();
  await picture(page, 'managed');
  expect(await askDirectly(page, 'admin.setPolicies', { steering: 'switchable' })).toBe('policy');
  expect(await askDirectly(page, 'settings.update', { allowUnprotectedChat: true })).toBe('policy');
  expect(await askDirectly(page, 'protection.switch', { on: false })).toBe('policy');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await expect(page.getByRole('switch', { name: /Allow chat while protection is off/ })).toBeDisabled();
  await expect(page.getByText('The admin of this machine does not allow it.')).toBeVisible();
});

test('a damaged policy file allows nothing, says why, and what is mended works again by itself', async ({ app, page }) => {
  await withPolicy(app, page, '{ "version": 1, "stearing": "mandatory" }');
  await page.getByRole('status', { name: 'Protection' }).getByRole('button').click();
  await expect(page.getByText(/policy\.json cannot be used/).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await enterArea(page);
  await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await expect(page.getByText(/policy\.json cannot be used/).first()).toBeVisible();
  await picture(page, 'damaged');
  await writeFile(join(app.dataDir, 'policy.json'), '{ "version": 1, "steering": "mandatory" }');
  await expect(page.getByText(/policy\.json cannot be used/)).toBeHidden({ timeout: 20_000 });
});

test('conversations go out to a file and come back in', async ({ open: page }) => {
  const id = '0192f0c0-0000-7000-8000-000000000001';
  const first = '0192f0c0-0000-7000-8000-000000000002';
  const message = { conversationId: id, createdAt: 2, modelName: null, outcome: null, stats: null, error: null, seed: null, state: 'done' };
  const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, repeatPenalty: 1, seed: 7, maxTokens: 9 };
  const conversation = { id, title: 'Lighthouses', systemPrompt: 'Be brief.', sampling, createdAt: 1, updatedAt: 3, activeLeafId: first };
  const messages = [
    { ...message, id: first, parentId: null, role: 'user', text: 'What is a lighthouse?' },
    { ...message, id: '0192f0c0-0000-7000-8000-000000000003', parentId: null, role: 'user', text: 'What is one for?' },
  ];
  const head = { format: 'steady-conversations', version: 1, exportedAt: 1, appVersion: '0' };
  const good = {
    ...head,
    conversations: [
      { conversation, messages },
      { conversation, messages: 'none' },
    ],
  };
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const settings = page.getByRole('dialog');
  const input = settings.getByLabel('Files of conversations to import');
  await input.setInputFiles({ name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Notes') });
  await expect(page.getByText(/not a file of conversations/)).toBeVisible();
  await input.setInputFiles({ name: 'good.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(good)) });
  await expect(settings.getByText('1 conversation with 2 messages imported.')).toBeVisible();
  await expect(settings.getByText('1 conversation was left out.')).toBeVisible();
  await settings.getByText('1 conversation was left out.').scrollIntoViewIfNeeded();
  await picture(page, 'import');
  await settings.getByRole('button', { name: 'Close' }).click();

  await expect(page.getByRole('button', { name: 'Lighthouses', exact: true })).toBeVisible();
  const save = async (item: string) => {
    await page.getByRole('button', { name: 'Options for Lighthouses' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export…' }).click();
    await page.getByRole('menuitem', { name: item }).click();
    const file = await download;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
  };
  const json = await save('JSON, to import again');
  expect(json.name).toBe('Lighthouses.json');
  expect((JSON.parse(json.text) as { conversations: unknown[] }).conversations).toEqual([
    { conversation: { ...conversation, pinned: false, archived: false, folderId: null, tags: [] }, messages },
  ]);
  const markdown = await save('Markdown');
  expect(markdown.name).toBe('Lighthouses.md');
  expect(markdown.text).toContain('What is a lighthouse?');
  expect(markdown.text).toContain('## Other versions');
});
