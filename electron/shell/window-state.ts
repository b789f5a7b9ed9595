/** Remembers where the window was. A file that cannot be read means the default place, never an error. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { screen, type BrowserWindow, type Rectangle } from 'electron';
import { z } from 'zod';

const state = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(380).max(20_000),
  height: z.number().int().min(300).max(20_000),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof state>;

const DEFAULT_STATE: WindowState = { width: 1100, height: 800, maximized: false };
const SAVE_DELAY_MS = 500;

/** Whether enough of `bounds` lies on a screen that is there now to be grabbed with a mouse. */
function isVisible(bounds: Rectangle): boolean {
  const { workArea } = screen.getDisplayMatching(bounds);
  const across = Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
  const down = Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
  return across >= 100 && down >= 100;
}

/** The remembered place, or the default one. @param path of the file. */
export function readWindowState(path: string): WindowState {
  try {
    const { x, y, ...size } = state.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (x === undefined || y === undefined || !isVisible({ x, y, ...size })) return size;
    return { x, y, ...size };
  } catch {
    return DEFAULT_STATE;
  }
}

/** Keeps the file up to date from now on. */
export function rememberWindowState(window: BrowserWindow, path: string): void {
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    if (window.isDestroyed()) return;
    const current: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
    try {
      writeFileSync(`${path}.new`, JSON.stringify(current));
      renameSync(`${path}.new`, path);
    } catch {
      // A full disk must not stop a window from moving.
    }
  };
  const saveSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_DELAY_MS);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('close', save);
}
