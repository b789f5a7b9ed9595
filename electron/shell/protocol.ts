/** Hands out the built page over the app's own scheme instead of `file://`, whose pages could read the whole disk. */
import { readFile } from 'node:fs/promises';
import { protocol, type Session } from 'electron';
import { contentSecurityPolicy, securityHeaders, type PageFiles } from '../page/index.ts';
import { isOwnAddress, SCHEME } from './names.ts';

/** The page talks to the app over IPC alone, so it may open connections to nothing but its own files. */
const POLICY = contentSecurityPolicy(["'self'"]);

/** Must be called before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

function plain(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: { ...securityHeaders(POLICY), 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  });
}

/** One request of the page. */
export async function answerPageRequest(request: Pick<Request, 'method' | 'url'>, files: PageFiles): Promise<Response> {
  if (!isOwnAddress(request.url)) return plain(403, 'Steady answers its own page only.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Steady answers GET and HEAD here.');
  const file = files.find(new URL(request.url).pathname);
  if (file === null) return plain(404, 'There is nothing here.');
  try {
    const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(file.path));
    return new Response(body, { headers: { ...securityHeaders(POLICY), 'Content-Type': file.type, 'Cache-Control': 'no-cache' } });
  } catch {
    return plain(404, 'There is nothing here.');
  }
}

/** Answers the scheme in `session`. */
export function handleScheme(session: Session, files: PageFiles): void {
  session.protocol.handle(SCHEME, (request) => answerPageRequest(request, files));
}
