/** A part of the page, mounted with the app's state around it, and what a person does with it. */
import { flushSync, mount, unmount, type Component } from 'svelte';
import { vi } from 'vitest';
import { App, provideApp } from '../../../renderer/lib/state/app.svelte.ts';
import type { Bridge } from '../../../renderer/lib/bridge/index.ts';
import type { FakeService } from './fake-service.ts';
import { scriptedApp, type ScriptedApp } from './support/app.ts';

export interface MountedPart extends ScriptedApp {
  readonly app: App;
  /** Waits until a text is on the page. */
  sees(text: string | RegExp): Promise<void>;
  /** Presses a button by its whole accessible name. */
  press(name: string): void;
  unmount(): void;
}

/** Mounts a part, or the whole page, over an app that answers from `service`, once its state is known. */
export async function mountPart(part: Component<{ bridge: Bridge }>, service: Pick<FakeService, 'handlers'>): Promise<MountedPart> {
  const scripted = scriptedApp(service.handlers);
  const app = new App(scripted.bridge);
  await app.load();
  const withApp: typeof part = (anchor, props) => {
    provideApp(app);
    return part(anchor, props) as ReturnType<typeof part>;
  };
  const mounted = mount(withApp, { target: document.body, props: { bridge: scripted.bridge } });
  flushSync();
  return {
    ...scripted,
    app,
    sees: (text) =>
      vi.waitFor(() => {
        flushSync();
        const shown = (document.body.textContent ?? '').replaceAll(/\s+/g, ' ');
        const found = typeof text === 'string' ? shown.includes(text) : text.test(shown);
        if (!found) throw new Error(`Not on the page: ${String(text)}. It says: ${shown}`);
      }, 5_000),
    press: (name) => {
      button(name).click();
      flushSync();
    },
    unmount: () => {
      void unmount(mounted);
      document.body.replaceChildren();
    },
  };
}

export function nameOf(element: Element): string {
  return (element.getAttribute('aria-label') ?? element.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}

/** The button with this accessible name. */
export function button(name: string): HTMLButtonElement {
  const all = [...document.querySelectorAll('button')];
  const found = all.find((candidate) => nameOf(candidate) === name);
  if (found === undefined) throw new Error(`There is no button “${name}”, only: ${all.map(nameOf).join(' | ')}`);
  return found;
}

/** Writes into a field as a person does. */
export function fill(label: string, value: string): void {
  const field = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')].find(
    (candidate) => candidate.getAttribute('aria-label') === label || nameOf(candidate.closest('label') ?? candidate).startsWith(label),
  );
  if (field === undefined) throw new Error(`There is no field “${label}”.`);
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

/** Gives files to the picker, which a test cannot open. */
export function giveFiles(...files: File[]): void {
  const input = document.querySelector<HTMLInputElement>('input[type="file"]')!;
  Object.defineProperty(input, 'files', { value: files, configurable: true });
  input.dispatchEvent(new Event('change', { bubbles: true }));
  flushSync();
}
