/** What the page may ask of the browser and the network: its own files, and to copy text when the person says so. */
import type { Session } from 'electron';
import { isOwnAddress } from './names.ts';

/** The copy button; the browser itself demands a click for it. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);
/** Besides the page's own: data and blobs never leave the process, the developer tools are Electron's. */
const LOCAL_SCHEMES = /^(?:data|blob|devtools|chrome-extension):/;

/** Whether a request may be made at all. Steady's page is offline: everything it needs comes with the app. */
export function isAllowedRequest(address: string): boolean {
  return isOwnAddress(address) || LOCAL_SCHEMES.test(address);
}

/** Denies every permission but copying, every device, and every request that would leave the machine. */
export function lockDownSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, callback, details) => {
    callback(
      ALLOWED_PERMISSIONS.has(permission) && details.isMainFrame && isOwnAddress(details.requestingUrl) && isOwnAddress(contents.getURL()),
    );
  });
  session.setPermissionCheckHandler(
    (_, permission, requestingOrigin, details) =>
      ALLOWED_PERMISSIONS.has(permission) && details.isMainFrame && isOwnAddress(requestingOrigin),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  session.setSpellCheckerEnabled(false); // It would fetch dictionaries.
  session.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !isAllowedRequest(details.url) }));
}
