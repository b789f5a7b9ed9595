/** Keeps every page where it is: no navigation, no new windows, no webviews. Web links go to the person's browser. */
import { app, shell, type WebContents } from 'electron';

/** How long after a click or a key press a link still counts as the person's own doing, as browsers do it. */
const USER_ACTIVATION_MS = 5_000;
const USER_INPUT: ReadonlySet<string> = new Set(['mouseDown', 'mouseUp', 'keyDown', 'rawKeyDown', 'gestureTap', 'touchEnd']);

/** Whether an address may be handed to the system. Other schemes start programs. */
export function isWebLink(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

function lockDownContents(contents: WebContents): void {
  let lastInput = Number.NEGATIVE_INFINITY;
  contents.on('input-event', (_, input) => {
    if (USER_INPUT.has(input.type)) lastInput = performance.now();
  });
  const leave = (address: string) => {
    if (isWebLink(address) && performance.now() - lastInput <= USER_ACTIVATION_MS) {
      lastInput = Number.NEGATIVE_INFINITY; // One click opens one link.
      void shell.openExternal(address);
    }
  };
  contents.on('will-navigate', (details) => {
    details.preventDefault();
    if (details.isMainFrame) leave(details.url);
  });
  contents.on('will-frame-navigate', (details) => details.preventDefault());
  contents.on('will-redirect', (details) => details.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    leave(url);
    return { action: 'deny' };
  });
}

/** Applies to every page that is ever made, whoever makes it. Call before the first window. */
export function lockDownNavigation(): void {
  app.on('web-contents-created', (_, contents) => lockDownContents(contents));
}
