/** Bringing one's own prompts to a calibration, in a document, against an app that answers from memory. */
import { flushSync } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import { UPLOAD_CHUNK_BYTES } from '../../../electron/contract/index.ts';
import { makeSet } from './calibration-fixtures.ts';
import { fill, giveFiles } from './calibration-page.ts';
import { atPrompts, called } from './calibration-wizard.ts';
import { fakeService } from './fake-service.ts';

describe('prompts', () => {
  test('pasted: bad lines are named, repeats counted, and a kept set is used', async () => {
    const service = fakeService();
    const page = await atPrompts(service);
    fill('Prompts, one a line', 'How do I reset a password?\nTranslate this.\n!\nTranslate this.');
    page.press('Read these prompts');
    await page.sees('2 prompts · 1 line left out');
    await page.sees('Repeats count once.');
    await page.sees('Line 3 It has no prompt.');
    page.press('Continue');
    await page.sees('Some prompts are not kept yet.');
    fill('Name of the set', 'Desk');
    page.press('Add this set');
    await page.sees('Built-in prompts and 2 of yours from 1 set');
    page.press('Continue');
    await page.sees('How much time may it take?');
  });

  test('pasted, and not read when going on: they are read first', async () => {
    const service = fakeService();
    const page = await atPrompts(service);
    await page.sees('Used in this calibration');
    fill('Prompts, one a line', 'How do I reset a password?');
    page.press('Continue');
    await page.sees('Some prompts are not kept yet.');
    expect(called(service, 'calibration.draft.fromText')).toEqual([{ text: 'How do I reset a password?' }]);
    page.press('Add this set');
    await page.sees('Built-in prompts and 1 of yours from 1 set');
    fill('Prompts, one a line', ' \n');
    page.press('Continue');
    await page.sees('How much time may it take?');
  });

  test('a file is sent in pieces that join to the same bytes', async () => {
    const service = fakeService();
    const page = await atPrompts(service);
    const text = Array.from({ length: 90_000 }, (_, index) => `Prompt number ${index} with an ä`).join('\n');
    giveFiles(new File([text], 'many.txt', { type: 'text/plain' }));
    await page.sees('90,000 prompts');
    const [upload] = service.uploads.values();
    expect(upload!.bytes).toBe(new TextEncoder().encode(text).length);
    expect(upload!.base64.length).toBe(Math.ceil(upload!.bytes / UPLOAD_CHUNK_BYTES));
    expect(called(service, 'prompts.upload.append').map((input) => (input as { offset: number }).offset)).toEqual(
      upload!.base64.map((_, index) => index * UPLOAD_CHUNK_BYTES),
    );
  });

  test('a bad file says why and stands in nobody’s way', async () => {
    const page = await atPrompts(fakeService());
    giveFiles(new File([], 'empty.txt'), new File(['\n\n'], 'blank.csv'), new File(['One prompt'], 'good.txt'));
    await page.sees('This file is empty.');
    await page.sees('There are no prompts in blank.csv.');
    await page.sees('1 prompt');
    page.press('Discard');
    page.press('Continue');
    await page.sees('How much time may it take?');
  });

  test('a file that is far too large is not sent at all', async () => {
    const service = fakeService();
    const page = await atPrompts(service);
    const huge = new File(['x'], 'huge.txt');
    Object.defineProperty(huge, 'size', { value: 5_000_000_000 });
    giveFiles(huge);
    await page.sees('This file has 5.0 GB; at most 67 MB are read.');
    expect(called(service, 'prompts.upload.begin')).toEqual([]);
  });

  test('more files than the app holds wait until others are kept, discarded or dismissed', async () => {
    const service = fakeService();
    const page = await atPrompts(service);
    giveFiles(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => new File([`${name} one\n${name} two`], `${name}.txt`)));
    await page.sees('Keep or discard one of the others first');
    expect(called(service, 'prompts.upload.begin')).toHaveLength(4);
    expect(document.querySelectorAll('article form')).toHaveLength(4);
    page.press('Dismiss');
    page.press('Discard');
    await vi.waitFor(() => expect(called(service, 'prompts.upload.begin')).toHaveLength(5));
    await vi.waitFor(() => {
      flushSync();
      expect(document.querySelectorAll('article form')).toHaveLength(4);
    });
    expect(document.body.textContent).not.toContain('e.txt');
    expect(document.body.textContent).toContain('f.txt');
  });

  test('dropping files is choosing them', async () => {
    const page = await atPrompts(fakeService());
    const drop = new Event('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(drop, 'dataTransfer', { value: { files: [new File(['One\nTwo'], 'dropped.txt')] } });
    document.querySelector('.zone')!.dispatchEvent(drop);
    await page.sees('dropped.txt');
    await page.sees('2 prompts');
    expect(drop.defaultPrevented).toBe(true);
  });

  test('a name that is taken is said where it was written; adding to a set works', async () => {
    const service = fakeService();
    service.sets = [...service.sets, makeSet({ name: 'Desk', prompts: 5 })];
    const page = await atPrompts(service);
    giveFiles(new File(['One\nTwo'], 'Desk.txt'));
    await page.sees('Keep as');
    page.press('Add this set');
    await page.sees('There is a set called “Desk” already.');
    const { id } = service.sets[1]!;
    const where = document.querySelector<HTMLSelectElement>(`select:has(option[value="${id}"])`)!;
    where.value = id;
    where.dispatchEvent(new Event('change', { bubbles: true }));
    flushSync();
    page.press('Add this set');
    await page.sees('Built-in prompts and 7 of yours from 1 set');
  });

  test('sets are renamed, looked into, left out and deleted', async () => {
    const service = fakeService();
    service.sets = [...service.sets, makeSet({ name: 'Desk', prompts: 5 })];
    const page = await atPrompts(service);
    await page.sees('Desk');
    page.press('Rename Desk');
    fill('New name of Desk', 'Support');
    page.press('Save');
    await page.sees('Support');
    page.press('Look at Support');
    await page.sees('Prompt number 100');
    page.press('Show more');
    await page.sees('Prompt number 130');
    page.press('Close');
    const box = () => document.querySelector<HTMLInputElement>(`input[value="${service.sets[1]!.id}"]`)!;
    await page.sees('Built-in prompts and 5 of yours');
    box().click();
    flushSync();
    await page.sees('Built-in prompts only');
    page.press('Delete Support');
    await page.sees('Delete this set?');
    page.press('Delete');
    await vi.waitFor(() => expect(service.sets).toHaveLength(1));
  });

  test('wrong refusals are offered once there are some', async () => {
    const service = fakeService();
    service.sets = [{ ...service.sets[0]!, prompts: 14 }];
    const page = await atPrompts(service);
    await page.sees('14 prompts that a reviewer marked as wrongly refused');
    await page.sees('Built-in prompts and 14 of yours from 1 set');
  });
});
