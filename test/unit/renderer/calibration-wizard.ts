/** The calibration tab in a document, for the tests of its steps. */
import { afterEach } from 'vitest';
import CalibrationTab from '../../../renderer/lib/components/calibration/CalibrationTab.svelte';
import { mountPart, type MountedPart } from './calibration-page.ts';
import type { FakeService } from './fake-service.ts';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
});

/** The calibration tab, mounted until the test is over. */
export async function openCalibration(service: FakeService): Promise<MountedPart> {
  part = await mountPart(CalibrationTab, service);
  return part;
}

/** Opens the wizard and goes to its second step. */
export async function atPrompts(service: FakeService): Promise<MountedPart> {
  const page = await openCalibration(service);
  await page.sees('New calibration');
  page.press('New calibration');
  await page.sees('Which model?');
  page.press('Continue');
  await page.sees('Which prompts must be answered?');
  return page;
}

/** What a call was made with, each time. */
export const called = (service: FakeService, name: string) => service.calls.filter(([called]) => called === name).map(([, input]) => input);
