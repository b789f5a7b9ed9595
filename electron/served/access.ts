/**
 * Who may use a served app: tokens are shown once and work once; what they buy is a session that lives as long as the
 * process. Nothing is written to disk, so a stolen backup or a later process opens nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits each. */
const SECRET_BYTES = 32;
/** Tokens printed but not yet used; the oldest goes when there are more. */
const MAX_TOKENS = 8;
/** Browsers logged in at once; the oldest goes when there are more. */
const MAX_SESSIONS = 32;

const secret = () => randomBytes(SECRET_BYTES).toString('base64url');
const digest = (value: string) => createHash('sha256').update(value).digest();

/** A list of secrets, kept as digests and compared in constant time. */
function secretList(limit: number) {
  const digests: Buffer[] = [];
  const indexOf = (value: string): number => {
    const wanted = digest(value);
    let found = -1;
    // No early exit: the time taken says nothing about which entry matched.
    digests.forEach((known, index) => {
      if (timingSafeEqual(known, wanted)) found = index;
    });
    return found;
  };
  return {
    create: (): string => {
      const value = secret();
      digests.push(digest(value));
      if (digests.length > limit) digests.shift();
      return value;
    },
    has: (value: string) => indexOf(value) >= 0,
    take: (value: string): boolean => {
      const index = indexOf(value);
      if (index >= 0) digests.splice(index, 1);
      return index >= 0;
    },
  };
}

export interface Access {
  readonly cookieName: string;
  /** A new one-time token. */
  createToken(): string;
  /** Spends a token. Returns the `Set-Cookie` value of a new session, or null if the token is unknown or spent. */
  exchange(token: string): string | null;
  /** Spends a token that whoever has a session already opened; it buys nothing. */
  spend(token: string): void;
  /** Whether a `Cookie` header holds a live session. */
  hasSession(cookieHeader: string | undefined): boolean;
}

/** @param port in the cookie's name, because browsers share cookies between the ports of one host. */
export function createAccess(port: number): Access {
  const cookieName = `steady_${port}`;
  const tokens = secretList(MAX_TOKENS);
  const sessions = secretList(MAX_SESSIONS);
  return {
    cookieName,
    createToken: tokens.create,
    exchange: (token) => {
      if (!tokens.take(token)) return null;
      // Outlives a restart of the browser; the session itself ends with this process.
      return `${cookieName}=${sessions.create()}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict`;
    },
    spend: (token) => void tokens.take(token),
    hasSession: (cookieHeader) =>
      (cookieHeader ?? '').split(';').some((pair) => {
        const [name, value] = pair.trim().split('=', 2);
        return name === cookieName && value !== undefined && sessions.has(value);
      }),
  };
}
