/**
 * The built page's files. A request is answered only if its path is one that was found by listing the folder, so no
 * path arithmetic is ever done on what came from outside.
 */
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

export interface PageFile {
  /** Absolute path on disk. */
  readonly path: string;
  readonly type: string;
  /** Whether the name carries a hash of the content, so that it never changes. */
  readonly hashed: boolean;
}

export interface PageFiles {
  /** The file for a URL's path (as `URL.pathname` gives it, still encoded), or null. `/` is `index.html`. */
  find(pathname: string): PageFile | null;
}

/** The bundler puts hashed files here and nothing else. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

function list(root: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  const walk = (folder: string, prefix: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const url = `${prefix}/${entry.name}`;
      if (entry.isDirectory()) walk(join(folder, entry.name), url);
      // Links are left out: what they point to is not the page's.
      else if (entry.isFile() && !entry.name.startsWith('.')) {
        const type = TYPES[extname(entry.name).toLowerCase()] ?? 'application/octet-stream';
        files.set(url, { path: join(folder, entry.name), type, hashed: HASHED.test(url) });
      }
    }
  };
  walk(root, '');
  return files;
}

/**
 * Opens the folder of the built page.
 * @param root absolute path of `dist/renderer`.
 * @throws when the folder cannot be read.
 */
export function openPageFiles(root: string): PageFiles {
  let files = list(root);
  const lookUp = (pathname: string): PageFile | null => {
    let name: string;
    try {
      name = decodeURIComponent(pathname);
    } catch {
      return null;
    }
    return files.get(name === '/' ? '/index.html' : name) ?? null;
  };
  return {
    find: (pathname) => {
      const found = lookUp(pathname);
      if (found) return found;
      // The page may have been built anew since.
      try {
        files = list(root);
      } catch {
        return null;
      }
      return lookUp(pathname);
    },
  };
}
