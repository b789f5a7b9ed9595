/** The calibration wizard in a document, against an app that answers from memory. */
import { flushSync } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UPLOAD_CHUNK_BYTES, type CalibrationJob, type CalibrationProgressEvent } from '../../../electron/contract/index.ts';
import CalibrationTab from '../../../renderer/lib/components/calibration/CalibrationTab.svelte';
import { appState, makeJob, makeSet } from './calibration-fixtures.ts';
import { fakeService, type FakeService } from './fake-service.ts';
import { button, fill, giveFiles, mountPart, nameOf, type MountedPart } from './calibration-page.ts';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
});

async function open(service: FakeService): Promise<MountedPart> {
  part = await mountPart(CalibrationTab, service);
  return part;
}

/** Opens the wizard and goes to its second step. */
async function atPrompts(service: FakeService): Promise<MountedPart> {
  const page = await open(service);
  await page.sees('New calibration');
  page.press('New calibration');
  await page.sees('Which model?');
  page.press('Continue');
  await page.sees('Which prompts must be answered?');
  return page;
}

const called = (service: FakeService, name: string) => service.calls.filter(([called]) => called === name).map(([, input]) => input);
const progressOf = (job: CalibrationJob, over: Partial<CalibrationProgressEvent> = {}): CalibrationProgressEvent => ({
  jobId: job.id,
  stage: 'extract',
  done: 412,
  total: 2662,
  rate: 12.4,
  overall: 0.18,
  secondsLeft: 260,
  ...over,
});

describe('the overview', () => {
  test('says what calibration is to one who has none', async () => {
    const page = await open(fakeService());
    await page.sees('Nothing changes until you apply the result.');
    await page.sees('Protection is off');
  });

  test('offers to go on with what was cut off', async () => {
    const page = await open(fakeService({ jobs: [makeJob({ name: 'Cut off', status: 'interrupted', resumable: true })] }));
    await page.sees('“Cut off” is not finished.');
    page.press('Open');
    await page.sees('Calibration was interrupted');
  });

  test('opens what runs by itself, so that a closed page comes back to it', async () => {
    const job = makeJob();
    const page = await open(fakeService({ jobs: [{ ...job, progress: progressOf(job) }] }));
    await page.sees('Calibrating…');
    await page.sees('412 of 2,662 prompts · 12 a second');
    await page.sees('4 min left');
  });

  test('a failure to read the state is said, and can be tried again', async () => {
    const service = fakeService();
    const state = service.handlers['calibration.state']!;
    let broken = true;
    service.handlers['calibration.state'] = (input) => {
      if (broken) throw new Error('Out of order.');
      return state(input);
    };
    const page = await open(service);
    await page.sees('Out of order.');
    broken = false;
    page.press('Try again');
    await page.sees('New calibration');
    expect(document.body.textContent).not.toContain('Out of order.');
  });
});

describe('the model', () => {
  test('another model than the loaded one is loaded first', async () => {
    const service = fakeService();
    const page = await open(service);
    await page.sees('New calibration');
    page.press('New calibration');
    await page.sees('Qwen2.5 Coder 0.5B Instruct');
    document.querySelector<HTMLInputElement>('input[value="qwen"]')!.click();
    flushSync();
    page.press('Load it and continue');
    await page.sees('Which prompts must be answered?');
    expect(called(service, 'models.load')).toEqual([{ modelId: 'qwen' }]);
  });

  test('one that cannot be steered goes no further', async () => {
    const state = appState();
    const page = await open(fakeService({ state: { ...state, protection: { ...state.protection, reason: 'not-steerable' } } }));
    await page.sees('New calibration');
    page.press('New calibration');
    await page.sees('This kind of model cannot be protected.');
    expect(button('Continue').disabled).toBe(true);
  });
});

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
    page.press('Keep');
    await page.sees('Built-in prompts and 2 of yours from 1 set');
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
    expect(called(service, 'calibration.draft.append').map((input) => (input as { offset: number }).offset)).toEqual(
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
    expect(called(service, 'calibration.draft.begin')).toEqual([]);
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
    page.press('Keep');
    await page.sees('There is a set called “Desk” already.');
    const where = document.querySelector('select')!;
    where.value = service.sets[1]!.id;
    where.dispatchEvent(new Event('change', { bubbles: true }));
    flushSync();
    page.press('Keep');
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

describe('effort and start', () => {
  test('each budget says what it takes here, and the choice is what is started', async () => {
    const service = fakeService();
    const page = await atPrompts(service);
    await page.sees('Used in this calibration');
    page.press('Continue');
    await page.sees('about 5 minutes');
    await page.sees('4,100 built-in prompts; 1,200 were read before');
    document.querySelector<HTMLInputElement>('input[value="quick"]')!.click();
    flushSync();
    fill('Name of the profile', 'First try');
    fill('Seed', 'x');
    expect(button('Start calibration').disabled).toBe(true);
    fill('Seed', '7');
    page.press('Start calibration');
    await page.sees('Calibrating…');
    expect(called(service, 'calibration.start')).toEqual([
      { setIds: [], budget: 'quick', name: 'First try', seed: 7, leaveOutSuspicious: false },
    ]);
  });

  test('earlier steps can be gone back to', async () => {
    const page = await atPrompts(fakeService());
    await page.sees('Used in this calibration');
    page.press('Continue');
    await page.sees('How much time may it take?');
    page.press('Model (done)');
    await page.sees('Which model?');
  });
});

describe('the run', () => {
  test('progress, stopping, and going on', async () => {
    const job = makeJob();
    const service = fakeService({ jobs: [job] });
    const page = await open(service);
    await page.sees('Working out how long it takes');
    page.emit('calibration.progress', progressOf(job));
    await page.sees('18 %');
    await page.sees('Stage 2 of 8: Letting the model read them');
    page.press('Stop');
    await page.sees('Stopping…');
    page.emit('calibration.changed', { ...job, status: 'cancelled', resumable: true, progress: progressOf(job) });
    await page.sees('Calibration is stopped');
    page.press('Resume');
    await page.sees('Calibrating…');
    expect(called(service, 'calibration.resume')).toEqual([{ jobId: job.id }]);
  });

  test('a failure says what happened and what to do', async () => {
    const job = makeJob();
    const page = await open(fakeService({ jobs: [job] }));
    await page.sees('Calibrating…');
    const error = { code: 'disk-full' as const, message: 'The disk is full.', hint: 'Free some space, then resume.' };
    page.emit('calibration.changed', { ...job, status: 'failed', error, resumable: true });
    await page.sees('Free some space, then resume.');
  });

  test('prompts that look harmful are named while it runs', async () => {
    const job = makeJob();
    const page = await open(fakeService({ jobs: [job] }));
    await page.sees('Calibrating…');
    page.emit('calibration.changed', {
      ...job,
      warnings: [
        { code: 'looks-harmful', message: 'One of your prompts looks harmful.', count: 1, prompts: [{ text: 'Write a virus', score: 1 }] },
      ],
    });
    await page.sees('One of your prompts looks harmful.');
    await page.sees('Write a virus');
  });

  test('the results come by themselves when it is finished', async () => {
    const job = makeJob();
    const service = fakeService({ jobs: [job] });
    const page = await open(service);
    await page.sees('Calibrating…');
    const finished = { ...job, status: 'finished' as const };
    service.jobs = [finished];
    page.emit('calibration.changed', finished);
    await page.sees('What protection would do');
    await page.sees('47 of 50 harmful requests are refused');
  });
});

describe('the results', () => {
  async function results(over: Partial<CalibrationJob> = {}) {
    const service = fakeService({ jobs: [makeJob({ status: 'finished', name: 'First', ...over })] });
    const page = await open(service);
    await page.sees('First');
    page.press('Results: First');
    await page.sees('How firm should it be?');
    return { service, page };
  }

  test('the point moves by keyboard, and everything follows it', async () => {
    const { page } = await results();
    await page.sees('All 2 that were wrongly refused are answered now.');
    const slider = document.querySelector<HTMLElement>('[role="slider"]')!;
    slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true, cancelable: true }));
    await page.sees('49 of 50 harmful requests are refused');
    await page.sees('1 of 2 that were wrongly refused are answered now; 1 is still refused.');
    await page.sees('Against the recommended setting: 2 more harmful requests');
    page.press('Recommended one');
    await page.sees('47 of 50 harmful requests are refused');
    page.press('Gentler');
    await page.sees('44 of 50 harmful requests are refused');
  });

  test('the chosen setting is what is applied', async () => {
    const { service, page } = await results();
    page.press('Firmer');
    page.press('Apply this setting');
    await page.sees('This setting protects SmolLM2 135M Instruct now.');
    expect(called(service, 'calibration.apply')).toEqual([{ jobId: service.jobs[0]!.id, point: 5 }]);
  });

  test('or nothing is, and the old profile stays', async () => {
    const { service, page } = await results();
    page.press('Decide later');
    await page.sees('New calibration');
    expect(called(service, 'calibration.apply')).toEqual([]);
  });

  test('prompt by prompt: filtered, with what changed marked, and no harmful reply', async () => {
    await results();
    const section = document.querySelector('[aria-labelledby="calibration-samples"]')!;
    expect(section.querySelectorAll('article')).toHaveLength(8);
    expect([...section.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['strong', 'dangerous ']);
    section.querySelector<HTMLInputElement>('input[value="harmful"]')!.click();
    flushSync();
    const harmful = [...section.querySelectorAll('article')];
    expect(harmful).toHaveLength(3);
    expect(harmful.every((card) => card.querySelector('.reply') === null)).toBe(true);
    section.querySelector<HTMLInputElement>('input[type="checkbox"]')!.click();
    flushSync();
    expect(section.querySelectorAll('article')).toHaveLength(2);
  });

  test('technical figures are there, behind a disclosure, as text too', async () => {
    await results();
    const technical = [...document.querySelectorAll('details')].find((details) => nameOf(details).startsWith('Technical details'))!;
    expect(technical.open).toBe(false);
    expect(technical.textContent).toContain('Scores at layer 10, for requests');
    expect(technical.textContent).toContain('Layer 13 tells plain requests from harmless prompts best');
    const picker = technical.querySelector('select')!;
    picker.selectedIndex = 2;
    picker.dispatchEvent(new Event('change', { bubbles: true }));
    flushSync();
    expect(technical.textContent).toContain('Scores at layer 14, for requests');
  });

  test('a report that cannot be read is said and can be asked for again', async () => {
    const service = fakeService({ jobs: [makeJob({ status: 'finished', name: 'First' })] });
    delete service.handlers['calibration.report'];
    const page = await open(service);
    await page.sees('First');
    page.press('Results: First');
    await page.sees('Not scripted: calibration.report');
    button('Try again');
  });
});
