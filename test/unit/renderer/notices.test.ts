/** Notices in the corner, and undoing what one of them tells of without a pointer. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { App } from '../../../renderer/lib/state/app.svelte.ts';
import { Notices } from '../../../renderer/lib/state/notices.svelte.ts';
import { handleShortcut } from '../../../renderer/lib/util/shortcuts.ts';
import { scriptedApp } from './support/app.ts';

const info = (message: string) => ({ level: 'info' as const, message, hint: '' });

describe('how long they stay', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('a mere message for seconds, one that can be acted on long enough to get there, and as long as it is held', () => {
    const notices = new Notices();
    notices.show(info('Saved.'));
    const id = notices.show(info('Deleted.'), { label: 'Undo', run: () => undefined });
    vi.advanceTimersByTime(7_000);
    expect(notices.toasts.map(({ message }) => message)).toEqual(['Deleted.']);
    notices.hold(id);
    vi.advanceTimersByTime(60_000);
    expect(notices.toasts).toHaveLength(1);
    notices.resume(id);
    vi.advanceTimersByTime(19_000);
    expect(notices.toasts).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    expect(notices.toasts).toEqual([]);
  });
});

describe('the key that undoes', () => {
  const press = (app: App, target: HTMLElement = document.body) => {
    const event = new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true });
    Object.defineProperty(event, 'target', { value: target });
    return handleShortcut(event, app);
  };

  test('does what the newest notice offers, once, and nothing where none offers anything', () => {
    const app = new App(scriptedApp({}).bridge);
    const done: string[] = [];
    app.notices.show(info('First deleted.'), { label: 'Undo', run: () => done.push('first') });
    app.notices.show(info('Second deleted.'), { label: 'Undo', run: () => done.push('second') });
    app.notices.show(info('Saved.'));
    expect([press(app), press(app), press(app)]).toEqual([true, true, false]);
    expect(done).toEqual(['second', 'first']);
    expect(app.notices.toasts.map(({ message }) => message)).toEqual(['Saved.']);
  });

  test('is left to the text where somebody writes', () => {
    const app = new App(scriptedApp({}).bridge);
    const run = vi.fn();
    app.notices.show(info('Deleted.'), { label: 'Undo', run });
    expect(press(app, document.createElement('textarea'))).toBe(false);
    expect(run).not.toHaveBeenCalled();
  });
});
