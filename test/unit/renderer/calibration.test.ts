/** The calibration wizard in a document, against an app that answers from memory. */
import { flushSync } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import type { CalibrationJob, CalibrationProgressEvent } from '../../../electron/contract/index.ts';
import { appState, makeJob, makeProfile, makeReport } from './calibration-fixtures.ts';
import { button, fill, nameOf } from './calibration-page.ts';
import { atPrompts, called, openCalibration } from './calibration-wizard.ts';
import { fakeService } from './fake-service.ts';

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
    const page = await openCalibration(fakeService());
    await page.sees('Nothing changes until you apply the result.');
    await page.sees('Protection is off');
  });

  test('offers to go on with what was cut off', async () => {
    const page = await openCalibration(fakeService({ jobs: [makeJob({ name: 'Cut off', status: 'interrupted', resumable: true })] }));
    await page.sees('“Cut off” is not finished.');
    page.press('Open');
    await page.sees('Calibration was interrupted');
  });

  test('opens what runs by itself, so that a closed page comes back to it', async () => {
    const job = makeJob();
    const page = await openCalibration(fakeService({ jobs: [{ ...job, progress: progressOf(job) }] }));
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
    const page = await openCalibration(service);
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
    const page = await openCalibration(service);
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
    const page = await openCalibration(fakeService({ state: { ...state, protection: { ...state.protection, reason: 'not-steerable' } } }));
    await page.sees('New calibration');
    page.press('New calibration');
    await page.sees('This kind of model cannot be protected.');
    expect(button('Continue').disabled).toBe(true);
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
    const page = await openCalibration(service);
    await page.sees('Working out how long it takes');
    page.emit('calibration.progress', progressOf(job));
    await page.sees('18 %');
    await page.sees('Stage 2 of 9: Letting the model read them');
    page.press('Stop');
    await page.sees('Stopping…');
    page.emit('calibration.changed', { ...job, status: 'cancelled', resumable: true, progress: progressOf(job) });
    await page.sees('Calibration is stopped');
    page.press('Resume');
    await page.sees('Calibrating…');
    expect(called(service, 'calibration.resume')).toEqual([{ jobId: job.id }]);
  });

  test('one that was stopped is only deleted when that was asked', async () => {
    const job = makeJob({ name: 'Half done', status: 'cancelled', resumable: true });
    const service = fakeService({ jobs: [job] });
    const page = await openCalibration(service);
    await page.sees('“Half done” is not finished.');
    page.press('Open');
    page.press('Delete it');
    await page.sees('“Half done” and all it has read so far are removed.');
    page.press('Cancel');
    await page.settle();
    expect(called(service, 'calibration.discard')).toEqual([]);
    page.press('Delete it');
    await page.sees('Delete this calibration?');
    page.press('Delete');
    await vi.waitFor(() => expect(called(service, 'calibration.discard')).toEqual([{ jobId: job.id }]));
  });

  test('a failure says what happened and what to do', async () => {
    const job = makeJob();
    const page = await openCalibration(fakeService({ jobs: [job] }));
    await page.sees('Calibrating…');
    const error = { code: 'disk-full' as const, message: 'The disk is full.', hint: 'Free some space, then resume.' };
    page.emit('calibration.changed', { ...job, status: 'failed', error, resumable: true });
    await page.sees('Free some space, then resume.');
  });

  test('prompts that look harmful are named while it runs', async () => {
    const job = makeJob();
    const page = await openCalibration(fakeService({ jobs: [job] }));
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
    const page = await openCalibration(service);
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
    const page = await openCalibration(service);
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

  test.each([
    [0.99, 'No setting refuses more harmful requests than the model does by itself.'],
    [0.95, 'The proposed setting refuses no more harmful requests than the model does by itself.'],
  ])('what refuses no more than the model alone (%d) is not recommended', async (harmfulRefused, note) => {
    const service = fakeService({ jobs: [makeJob({ status: 'finished', name: 'First' })] });
    service.handlers['calibration.report'] = () => {
      const { frontier, ...rest } = makeReport(service.jobs[0]!);
      return { ...rest, frontier: { ...frontier, unsteered: { ...frontier.unsteered, harmfulRefused } } };
    };
    const page = await openCalibration(service);
    await page.sees('First');
    page.press('Results: First');
    await page.sees(note);
    await page.sees('Proposed');
    expect(document.body.textContent).not.toContain('Recommended');
  });

  test('the chosen setting is what is applied', async () => {
    const { service, page } = await results();
    page.press('Firmer');
    page.press('Apply this setting');
    await page.sees('This setting protects SmolLM2 135M Instruct now.');
    expect(called(service, 'calibration.apply')).toEqual([{ jobId: service.jobs[0]!.id, point: 5 }]);
  });

  test('what is said of it follows the profile in force, wherever that is changed', async () => {
    const { service, page } = await results();
    service.profiles = [makeProfile({ name: 'Before' })];
    page.press('Apply this setting');
    await page.sees('This setting protects SmolLM2 135M Instruct now.');
    expect(button('Applied').disabled).toBe(true);
    page.press('Go back to the profile before');
    await page.sees('This calibration was applied to SmolLM2 135M Instruct, which another profile protects now.');
    expect(document.body.textContent).not.toContain('In use');
    page.press('Apply this setting');
    await page.sees('This setting protects SmolLM2 135M Instruct now.');
    service.profiles = service.profiles.map((entry) => ({ ...entry, current: entry.name === 'Before' }));
    page.emit('profiles.changed', {});
    await page.sees('which another profile protects now.');
    page.press('Firmer');
    expect(button('Apply this setting').disabled).toBe(false);
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
    const page = await openCalibration(service);
    await page.sees('First');
    page.press('Results: First');
    await page.sees('Not scripted: calibration.report');
    button('Try again');
  });
});
