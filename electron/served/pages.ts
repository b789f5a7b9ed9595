/** The few pages the server writes itself, for people who arrive without a way in. */
import { createHash } from 'node:crypto';

const STYLE =
  ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:36rem;margin:20vh auto 0;padding:0 1.5rem}h1{font-size:1.35rem}code{font-family:ui-monospace,monospace}';

/** The policy of these pages: one known style and nothing else. */
export const PLAIN_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function page(title: string, body: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1>${body}</body></html>\n`;
}

const NEW_ADDRESS =
  '<p>Press <kbd>Enter</kbd> where Steady runs to get a new address, or start Steady again. Each address works once; the browser that opened it stays signed in until Steady ends.</p>';

export const PAGES = {
  noSession: page(
    'Steady needs its full address',
    `<p>This browser is not signed in. Open the address that Steady printed when it started.</p>${NEW_ADDRESS}`,
  ),
  tokenSpent: page(
    'This address was already used',
    `<p>An address with a key opens Steady once, so that nobody can use it after you.</p>${NEW_ADDRESS}`,
  ),
  wrongHost: page(
    'Steady is not served under this name',
    '<p>Open it at <code>http://127.0.0.1</code> with the port that Steady printed.</p>',
  ),
  wrongOrigin: page('Another site asked for this', '<p>Steady answers its own page only.</p>'),
  notFound: page('Not found', '<p>There is nothing here. <a href="/">Go to Steady</a></p>'),
  wrongMethod: page('Not allowed', '<p>Steady answers GET and HEAD here.</p>'),
  /** Goes to the start page by its own hand: a strict cookie is not sent along a visit that began on another site. */
  enter: page('Opening Steady', '<p><a href="/">Go to Steady</a></p>', '<meta http-equiv="refresh" content="0;url=/">'),
} as const;
