/** A model without protection: one button that gives it some, with its time and how far it is; the other ways lie behind it. */
import { afterEach, expect, test, vi } from 'vitest';
import './support/browser.ts';
import type { ProtectState } from '../../../electron/contract/index.ts';
import Page from '../../../renderer/App.svelte';
import { appState } from './calibration-fixtures.ts';
import { button, mountPart, type MountedPart } from './calibration-page.ts';
import { fakeService } from './fake-service.ts';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
});

const RUNNING: ProtectState = {
  running: { modelName: 'SmolLM2 135M Instruct', overall: 0.25, secondsLeft: 600, stopping: false },
  resumable: false,
  problem: null,
};

async function open(protectModels: 'everyone' | 'admin' = 'everyone') {
  const asked: string[] = [];
  const service = fakeService();
  const admin = {
    ...{ passphrase: 'none' as const, unlocked: true, retryAt: null, idleLockMinutes: 10, problem: null },
    policies: {
      steering: 'mandatory' as const,
      unprotectedChat: 'user-choice' as const,
      logVisibility: 'admin' as const,
      storePromptText: true,
      onConversationDeleted: 'keep' as const,
      protectModels,
      useAskedPrompts: false,
    },
  };
  Object.assign(service.handlers, {
    'admin.state': () => admin,
    'protect.state': (): ProtectState => ({ running: null, resumable: false, problem: null }),
    'protect.estimate': () => {
      asked.push('estimate');
      return { seconds: 840 };
    },
    'protect.start': () => {
      asked.push('start');
      return RUNNING;
    },
    'protect.stop': () => {
      asked.push('stop');
      return { ...RUNNING, running: { ...RUNNING.running!, stopping: true } };
    },
  });
  part = await mountPart(Page, service);
  return { asked, page: part };
}

test('one button is offered first, with its time; chat without protection lies behind it', async () => {
  const { asked, page } = await open();
  await page.sees('this model has no protection profile yet');
  await page.sees('It takes about 14 minutes on this machine, once.');
  expect(asked).toEqual(['estimate']);
  expect(document.body.textContent).not.toContain('Allow anyway');
  page.press('Other ways…');
  await page.sees('Allow anyway…');

  page.press('Protect this model');
  await page.sees('Protecting SmolLM2 135M Instruct: 25 %');
  await page.sees('about 10 minutes left');
  page.emit('protect.changed', { ...RUNNING, running: { ...RUNNING.running!, overall: 0.5 } });
  await page.sees('50 %');
  page.press('Stop');
  await page.sees('Stopping…');
  page.emit('protect.changed', { running: null, resumable: true, problem: null });
  await page.sees('Go on protecting it');
});

test('its end is seen: protected, or why not', async () => {
  const { page } = await open();
  // What is measured first asks how things stand, and would answer over what is told here.
  await page.sees('It takes about 14 minutes');
  page.emit('protect.changed', {
    ...{ running: null, resumable: false },
    problem: { code: 'calibration-failed', message: 'No protection was found.', hint: 'Another model may be easier to protect.' },
  });
  await page.sees('No protection was found.');
  const profile = { name: 'Made here', sha256: 'b'.repeat(64), createdAt: 0, layers: [3], strength: 1 };
  page.emit('protect.changed', { running: null, resumable: false, problem: null });
  page.emit('protection.changed', { status: 'on', reason: null, message: 'Protection is on.', chatAllowed: true, profile });
  await vi.waitFor(() => expect(document.body.textContent).not.toContain('Protect this model'));
  await page.sees('Protected');
});

test('where the admin protects models, the page says so and offers the other ways', async () => {
  const { asked, page } = await open('admin');
  await page.sees('The admin of this machine protects models.');
  expect(button('Allow anyway…')).toBeDefined();
  expect(document.body.textContent).not.toContain('Protect this model');
  expect(asked).toEqual([]);
  expect(appState().protection.reason).toBe('no-profile');
});
