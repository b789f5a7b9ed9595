/** Answers plain HTTP: the one-time token, then the page's files. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { contentSecurityPolicy, securityHeaders, type PageFile, type PageFiles } from '../page/index.ts';
import type { Access } from './access.ts';
import { allowedHosts } from './hosts.ts';
import { PAGES, PLAIN_PAGE_POLICY } from './pages.ts';

function sendPlain(response: ServerResponse, head: boolean, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...securityHeaders(PLAIN_PAGE_POLICY),
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(head ? undefined : body);
}

async function sendFile(response: ServerResponse, head: boolean, file: PageFile, policy: string): Promise<void> {
  const { size } = await stat(file.path);
  response.writeHead(200, {
    ...securityHeaders(policy),
    'Content-Type': file.type,
    'Content-Length': size,
    'Cache-Control': file.hashed ? 'private, max-age=31536000, immutable' : 'no-store',
  });
  if (head) {
    response.end();
    return;
  }
  const stream = createReadStream(file.path);
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

/** Whether this is a browser looking ahead, which must not spend a token. */
function isPrefetch(request: IncomingMessage): boolean {
  return /prefetch|prerender|preview/i.test(`${request.headers['sec-purpose'] ?? ''} ${request.headers['purpose'] ?? ''}`);
}

/** Whether a visit began on another site (a link in a mail, a chat, a note). */
function cameFromElsewhere(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** @param port the port listened on, in the Host and Origin that are accepted. */
export function createRequestListener(options: { access: Access; files: PageFiles; port: number }): RequestListener {
  const { access, files, port } = options;
  const hosts = allowedHosts(port);

  const enter = (request: IncomingMessage, response: ServerResponse, headers: Record<string, string>) => {
    if (cameFromElsewhere(request)) sendPlain(response, false, 200, PAGES.enter, headers);
    else sendPlain(response, false, 303, '', { ...headers, Location: '/' });
  };

  const exchangeToken = (request: IncomingMessage, response: ServerResponse, token: string, head: boolean) => {
    const spends = !head && !isPrefetch(request);
    if (access.hasSession(request.headers.cookie)) {
      // Used all the same: an address that others may have seen must not stay good for one more.
      if (spends) access.spend(token);
      return enter(request, response, {});
    }
    if (!spends) return sendPlain(response, head, 403, PAGES.noSession);
    const cookie = access.exchange(token);
    if (cookie === null) return sendPlain(response, head, 403, PAGES.tokenSpent);
    return enter(request, response, { 'Set-Cookie': cookie });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head = request.method === 'HEAD';
    const host = request.headers.host ?? '';
    if (!hosts.has(host)) return sendPlain(response, head, 403, PAGES.wrongHost);
    if (request.method !== 'GET' && !head) {
      const own = request.headers.origin === `http://${host}`;
      return own
        ? sendPlain(response, false, 405, PAGES.wrongMethod, { Allow: 'GET, HEAD' })
        : sendPlain(response, false, 403, PAGES.wrongOrigin);
    }
    // The path is cut off by hand: a URL parser would resolve `..` and `//host` first.
    const [pathname = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const token = pathname === '/' ? new URLSearchParams(query).get('token') : null;
    if (token !== null) return exchangeToken(request, response, token, head);
    if (!access.hasSession(request.headers.cookie)) {
      const mayHaveCookie = pathname === '/' && request.headers['sec-fetch-mode'] === 'navigate' && cameFromElsewhere(request);
      return mayHaveCookie ? sendPlain(response, head, 200, PAGES.enter) : sendPlain(response, head, 403, PAGES.noSession);
    }
    const file = files.find(pathname);
    if (file === null) return sendPlain(response, head, 404, PAGES.notFound);
    return sendFile(response, head, file, contentSecurityPolicy(["'self'", `ws://${host}`]));
  };

  return (request, response) => {
    answer(request, response).catch(() => {
      // A file went away between the listing and the reading.
      if (response.headersSent) response.destroy();
      else sendPlain(response, request.method === 'HEAD', 404, PAGES.notFound);
    });
  };
}
