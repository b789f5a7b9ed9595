/** The list of profiles in a document, against an app that answers from memory. */
import { flushSync } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import ProfilesTab from '../../../renderer/lib/components/profiles/ProfilesTab.svelte';
import { makeProfile } from './calibration-fixtures.ts';
import { fakeService, type FakeService } from './fake-service.ts';
import { button, giveFiles, mountPart, nameOf, type MountedPart } from './calibration-page.ts';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
  vi.restoreAllMocks();
});

async function open(over: Partial<FakeService> = {}) {
  const service = fakeService({
    profiles: [
      makeProfile({ name: 'First' }),
      makeProfile({ id: 'd'.repeat(64), name: 'Second', current: false }),
      makeProfile({
        id: 'e'.repeat(64),
        name: 'Shipped one',
        source: 'shipped',
        modelSha256: 'f'.repeat(64),
        modelName: 'Another model',
        modelLoaded: false,
        appliedAt: null,
      }),
    ],
    ...over,
  });
  part = await mountPart(ProfilesTab, service);
  await part.sees(service.profiles[0]?.name ?? 'There are no profiles yet.');
  return { service, page: part };
}

const rows = () => [...document.querySelectorAll('article')];

test('by model, the loaded one first, with what is in use and what came with the app marked', async () => {
  await open();
  expect([...document.querySelectorAll('h3')].map(nameOf)).toEqual(['SmolLM2 135M Instruct Loaded model', 'Another model']);
  expect(rows()[0]!.textContent).toContain('In use');
  expect(rows()[2]!.textContent).toContain('Came with Steady');
  expect(rows()[2]!.querySelector('[aria-label^="Delete"]')).toBeNull();
  expect(rows()[0]!.querySelector('[aria-label^="Delete"]')).toBeNull();
});

test('applied, and gone back from', async () => {
  const { service, page } = await open();
  page.press('Apply Second');
  await vi.waitFor(() => expect(service.profiles[1]!.current).toBe(true));
  await vi.waitFor(() => {
    flushSync();
    expect(rows()[1]!.textContent).toContain('In use');
  });
  page.press('Go back to the one before');
  await vi.waitFor(() => expect(service.calls.some(([name]) => name === 'profiles.rollback')).toBe(true));
});

test('two are compared side by side', async () => {
  const { page } = await open();
  for (const box of [...document.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')].slice(0, 2)) box.click();
  flushSync();
  page.press('Compare the two');
  await page.sees('Two profiles side by side');
  await page.sees('Ridge strength α10010');
});

test('marking a third forgets the first', async () => {
  await open();
  const boxes = [...document.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')];
  for (const box of boxes) {
    box.click();
    flushSync();
  }
  expect(boxes.map(({ checked }) => checked)).toEqual([false, true, true]);
});

test('all that one holds is shown on demand', async () => {
  const { page } = await open();
  page.press('Details of First');
  await page.sees('Prompts of your own 612');
  await page.sees('Refusal direction from 61 refused');
});

test('exported under its name, with its bytes', async () => {
  const saved: Blob[] = [];
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`, revokeObjectURL: () => {} }));
  let name = '';
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    name = this.download;
  });
  const { page } = await open();
  page.press('Export First');
  await vi.waitFor(() => expect(saved).toHaveLength(1));
  expect(await saved[0]!.text()).toBe('a profile');
  expect(name).toBe('First.safetensors');
});

test('imported without being applied; a damaged one says why', async () => {
  const { page } = await open();
  giveFiles(new File(['profile'], 'bad.safetensors'), new File(['profile'], 'Brought.safetensors'));
  await page.sees('bad.safetensors is damaged.');
  await page.sees('Brought');
  expect(rows().find((row) => row.textContent.includes('Brought'))?.textContent).not.toContain('In use');
  button('Apply Brought');
});

test('one that is too large is not sent', async () => {
  const { service, page } = await open();
  const huge = new File(['x'], 'huge.safetensors');
  Object.defineProperty(huge, 'size', { value: 900_000_000 });
  giveFiles(huge);
  await page.sees('huge.safetensors has 900 MB');
  expect(service.calls.some(([name]) => name === 'profiles.import')).toBe(false);
});

test('deleted only after a question', async () => {
  const { service, page } = await open();
  page.press('Delete Second');
  await page.sees('Delete this profile?');
  expect(service.profiles).toHaveLength(3);
  page.press('Delete');
  await vi.waitFor(() => expect(service.profiles).toHaveLength(2));
});

test('damaged files are named', async () => {
  const service = fakeService();
  service.handlers['profiles.list'] = () => ({
    profiles: [],
    damaged: [{ fileName: 'broken.safetensors', modelSha256: null, message: 'It ends too early.' }],
  });
  part = await mountPart(ProfilesTab, service);
  await part.sees('broken.safetensors cannot be used. It ends too early.');
  await part.sees('There are no profiles yet.');
});
