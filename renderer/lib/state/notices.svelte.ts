import type { Notice } from '../contract.ts';
import { toProblem } from '../problem.ts';

export interface Toast extends Notice {
  readonly id: number;
  readonly action: { readonly label: string; run(): void } | null;
}

const SHOWN_MS = { info: 6_000, warning: 10_000, error: 14_000 } as const;
/** One that can be acted on stays long enough to be heard, understood and reached. */
const ACTION_SHOWN_MS = 20_000;

/** Short messages in the corner: the app's own notices, failed actions, and undo. */
export class Notices {
  toasts = $state.raw<readonly Toast[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Shows a message for a while; the newest four are kept. Returns its id. */
  show(notice: Notice, action: Toast['action'] = null): number {
    const id = this.#nextId++;
    const same = this.toasts.filter((toast) => toast.message !== notice.message || toast.action !== null);
    this.toasts = [...same, { ...notice, id, action }].slice(-4);
    this.resume(id);
    return id;
  }

  /** Shows a failed action. */
  failed(error: unknown): void {
    const { message, hint } = toProblem(error);
    this.show({ level: 'error', message, hint });
  }

  dismiss(id: number): void {
    this.hold(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** Does what a message offers. */
  act({ id, action }: Toast): void {
    this.dismiss(id);
    action?.run();
  }

  /** Does what the newest message offers, for whoever has no pointer at hand. Returns whether one offers something. */
  actOnNewest(): boolean {
    const toast = this.toasts.findLast(({ action }) => action !== null);
    if (toast !== undefined) this.act(toast);
    return toast !== undefined;
  }

  /** Keeps a message while it is pointed at or focused. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    const toast = this.toasts.find((known) => known.id === id);
    if (toast === undefined) return;
    this.hold(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), toast.action === null ? SHOWN_MS[toast.level] : ACTION_SHOWN_MS),
    );
  }
}
