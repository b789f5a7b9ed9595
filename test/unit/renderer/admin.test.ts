/** The admin area's page over an app that answers from memory: the choice, the lock, policies and what is managed. */
import { flushSync } from 'svelte';
import { afterEach, describe, expect, test } from 'vitest';
import './support/browser.ts';
import {
  SteadyError,
  type AdminState,
  type Handlers,
  type PageContract,
  type PolicyState,
  type PolicyValues,
} from '../../../electron/contract/index.ts';
import Page from '../../../renderer/App.svelte';
import AdminArea from '../../../renderer/lib/components/admin/AdminArea.svelte';
import { appState, MODELS } from './calibration-fixtures.ts';
import { fakeService } from './fake-service.ts';
import { button, mountPart, type MountedPart } from './calibration-page.ts';

const VALUES: PolicyValues = {
  steering: 'mandatory',
  unprotectedChat: 'user-choice',
  allowedModels: null,
  retentionDays: null,
  onConversationDeleted: 'keep',
  logVisibility: 'admin',
  storePromptText: true,
  idleLockMinutes: 10,
  protectModels: 'everyone',
  useAskedPrompts: false,
  api: 'loopback',
  apiRawText: 'forbidden',
  signingKeys: null,
  logWitness: null,
};
const PASSPHRASE = 'correct horse battery';

/** The lock and the policies, kept in memory. */
class FakeAdmin {
  passphrase: AdminState['passphrase'];
  unlocked: boolean;
  values = VALUES;
  managed: (keyof PolicyValues)[] = [];
  retryAt: number | null = null;

  constructor(passphrase: AdminState['passphrase'], unlocked = passphrase === 'none') {
    this.passphrase = passphrase;
    this.unlocked = unlocked;
  }

  state = (): AdminState => ({
    passphrase: this.passphrase,
    unlocked: this.unlocked,
    retryAt: this.retryAt,
    idleLockMinutes: this.values.idleLockMinutes,
    policies: {
      steering: this.values.steering,
      unprotectedChat: this.values.unprotectedChat,
      logVisibility: this.values.logVisibility,
      protectModels: this.values.protectModels,
      useAskedPrompts: this.values.useAskedPrompts,
      storePromptText: this.values.storePromptText,
      onConversationDeleted: this.values.onConversationDeleted,
    },
    problem: null,
  });

  policies = (): PolicyState => ({
    values: this.values,
    sources: Object.fromEntries(
      Object.keys(VALUES).map((name) => [name, this.managed.includes(name as keyof PolicyValues) ? 'file' : 'default']),
    ) as PolicyState['sources'],
    files: this.managed.length > 0 ? ['/etc/steady/policy.json'] : [],
    problem: null,
  });

  handlers: Partial<Handlers<PageContract>> = {
    'app.state': () => appState(),
    'conversations.list': () => [],
    'models.list': () => MODELS,
    'admin.state': this.state,
    'admin.choose': ({ passphrase }) => {
      this.passphrase = passphrase === null ? 'none' : 'set';
      this.unlocked = true;
      return this.state();
    },
    'admin.unlock': ({ passphrase }) => {
      if (passphrase !== PASSPHRASE) throw new SteadyError('unauthorized', 'That is not the passphrase.', { hint: '' });
      this.unlocked = true;
      return this.state();
    },
    'admin.lock': () => {
      this.unlocked = false;
      return this.state();
    },
    'admin.touch': () => ({}),
    'admin.policies': this.policies,
    'admin.setPolicies': (patch) => {
      this.values = { ...this.values, ...patch } as PolicyValues;
      return this.policies();
    },
    'admin.events': () => [{ at: 1, kind: 'chosen', detail: 'It was chosen.' }],
  };
}

let part: MountedPart | undefined;
afterEach(() => part?.unmount());

async function openArea(admin: FakeAdmin): Promise<MountedPart> {
  part = await mountPart(AdminArea, admin);
  part.app.admin.open('policies');
  flushSync();
  return part;
}

/** The field with this label. */
function field<T extends HTMLElement>(label: string): T {
  const found = [...document.querySelectorAll('label')].find((candidate) => candidate.textContent?.trim() === label);
  const control = document.getElementById(found?.htmlFor ?? '');
  if (control === null) throw new Error(`There is no field “${label}”.`);
  return control as T;
}

function type(label: string, text: string): void {
  const input = field<HTMLInputElement>(label);
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

describe('the first choice', () => {
  test('says what is wrong with a passphrase before it is sent', async () => {
    const admin = new FakeAdmin('undecided', false);
    const page = await openArea(admin);
    await page.sees('Who may use the admin area?');
    type('New passphrase', 'short');
    page.press('Use this passphrase');
    await page.sees('At least 8 characters.');
    type('New passphrase', PASSPHRASE);
    type('Once more', 'something else');
    page.press('Use this passphrase');
    await page.sees('The two are not the same.');
    expect(admin.passphrase).toBe('undecided');
    type('Once more', PASSPHRASE);
    page.press('Use this passphrase');
    await page.sees('Chat while protection is off');
    expect(admin.passphrase).toBe('set');
    expect(button('Lock')).toBeDefined();
  });

  test('without a passphrase the area opens, and says so', async () => {
    const page = await openArea(new FakeAdmin('undecided', false));
    await page.sees('Who may use');
    page.press('Go without a passphrase');
    await page.sees('anybody who can open Steady on this machine can open this area');
    expect(button('No passphrase')).toBeDefined();
  });
});

describe('the lock', () => {
  test('a wrong passphrase is said, the right one opens, the button locks and nothing stays', async () => {
    const page = await openArea(new FakeAdmin('set', false));
    await page.sees('The admin area is locked');
    expect(document.querySelector('[role="tab"]')).toBeNull();
    type('Passphrase', 'wrong horse');
    page.press('Unlock');
    await page.sees('That is not the passphrase.');
    expect(field<HTMLInputElement>('Passphrase').value).toBe('');
    type('Passphrase', PASSPHRASE);
    page.press('Unlock');
    await page.sees('It was chosen.');
    page.press('Lock');
    await page.sees('The admin area is locked');
    expect(document.body.textContent).not.toContain('It was chosen.');
    expect(page.app.admin.policies).toBeNull();
  });

  test('while no passphrase is tried the form waits, and says how long', async () => {
    const admin = new FakeAdmin('set', false);
    admin.retryAt = Date.now() + 30_000;
    const page = await openArea(admin);
    await page.sees(/Try again in (29|30) seconds/);
    expect(button('Unlock').disabled).toBe(true);
  });

  test('the app locks the page from its side', async () => {
    const admin = new FakeAdmin('set', true);
    const page = await openArea(admin);
    await page.sees('It was chosen.');
    admin.unlocked = false;
    page.emit('admin.changed', admin.state());
    await page.sees('The admin area is locked');
  });

  test('where everybody may read the log, its tab alone is open', async () => {
    const admin = new FakeAdmin('set', false);
    admin.values = { ...VALUES, logVisibility: 'everyone' };
    const page = await openArea(admin);
    await page.sees('The admin area is locked');
    const tabs = [...document.querySelectorAll('[role="tab"]')].map((tab) => tab.textContent?.trim());
    expect(tabs).toEqual([
      'Refusals',
      ...['Calibration', 'Profiles', 'Playground', 'Evaluation', 'Programs', 'Policies'].map((name) => `${name}, locked`),
    ]);
  });
});

describe('policies', () => {
  test('are set one by one', async () => {
    const admin = new FakeAdmin('none');
    admin.values = { ...VALUES, retentionDays: 7 };
    const page = await openArea(admin);
    await page.sees('What is kept');
    const steering = field<HTMLSelectElement>('Steering');
    steering.value = 'switchable';
    steering.dispatchEvent(new Event('change', { bubbles: true }));
    const kept = field<HTMLSelectElement>('What is kept');
    kept.value = 'false';
    kept.dispatchEvent(new Event('change', { bubbles: true }));
    const days = field<HTMLInputElement>('How long it is kept');
    days.value = '30';
    days.dispatchEvent(new Event('change', { bubbles: true }));
    const idle = field<HTMLInputElement>('Locks by itself');
    idle.value = '99999';
    idle.dispatchEvent(new Event('change', { bubbles: true }));
    const witness = field<HTMLTextAreaElement>('A witness outside this machine');
    witness.value = '/mnt/witness';
    witness.dispatchEvent(new Event('change', { bubbles: true }));
    await page.settle();
    expect(admin.values).toEqual({
      ...{ ...VALUES, steering: 'switchable', storePromptText: false, retentionDays: 30, idleLockMinutes: 1440 },
      logWitness: '/mnt/witness',
    });
  });

  test.each([null, 90])('keeping the log for less long than %s days is asked first', async (retentionDays) => {
    const admin = new FakeAdmin('none');
    admin.values = { ...VALUES, retentionDays };
    const page = await openArea(admin);
    await page.sees('What is kept');
    const days = field<HTMLInputElement>('How long it is kept');
    const shorten = async () => {
      days.value = '30';
      days.dispatchEvent(new Event('change', { bubbles: true }));
      await page.sees('Entries that are older than 30 days go for good');
    };
    await shorten();
    page.press('Cancel');
    await page.settle();
    expect([days.value, admin.values.retentionDays]).toEqual([String(retentionDays ?? ''), retentionDays]);
    await shorten();
    page.press('Remove older entries');
    await page.settle();
    expect([days.value, admin.values.retentionDays]).toEqual(['30', 30]);
  });

  test('models: all of those that are known are ticked first, then one is taken away', async () => {
    const admin = new FakeAdmin('none');
    const page = await openArea(admin);
    await page.sees('Any model');
    const models = field<HTMLSelectElement>('Models');
    models.value = 'listed';
    models.dispatchEvent(new Event('change', { bubbles: true }));
    await page.sees('Qwen2.5 Coder 0.5B Instruct');
    expect(admin.values.allowedModels).toEqual(['smol', 'qwen']);
    document.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')[1]!.click();
    await page.settle();
    expect(admin.values.allowedModels).not.toContain('qwen');
  });

  test('what a file sets is marked and cannot be changed', async () => {
    const admin = new FakeAdmin('none');
    admin.managed = ['steering', 'retentionDays'];
    admin.values = { ...VALUES, retentionDays: 90 };
    const page = await openArea(admin);
    await page.sees('/etc/steady/policy.json');
    expect(document.querySelectorAll('.managed')).toHaveLength(2);
    expect(field<HTMLSelectElement>('Steering').disabled).toBe(true);
    expect(field<HTMLInputElement>('How long it is kept').disabled).toBe(true);
    expect(field<HTMLInputElement>('How long it is kept').value).toBe('90');
    expect(field<HTMLSelectElement>('Who may read it').disabled).toBe(false);
  });
});

test('the models can be looked at over the area', async () => {
  window.location.hash = '#/admin/calibration';
  part = await mountPart(Page, { handlers: { ...fakeService().handlers, ...new FakeAdmin('none').handlers } });
  await part.sees('New calibration');
  part.press('New calibration');
  await part.sees('Which model?');
  part.press('Other models…');
  await part.sees('Each runs on this machine alone.');
});
