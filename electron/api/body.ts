/** A request's body, as far as it is read, and what is wrong with it. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { parseBoundedJson } from '../../steering/files/bounded-json.ts';
import { ApiError, badRequest } from './errors.ts';

/** The longest message that a person may send, with room for JSON's escapes. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** @throws ApiError 413 for a body that is too long, 400 for one that is no JSON object, or too deep */
export async function readBody(context: Context): Promise<unknown> {
  const tooLong = () => new ApiError(`A request may have ${MAX_BODY_BYTES} bytes.`, { status: 413, code: 'request_too_large' });
  if (Number(context.req.header('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLong();
  const parts: Uint8Array[] = [];
  let length = 0;
  const body = context.req.raw.body;
  if (body !== null) {
    for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > MAX_BODY_BYTES) throw tooLong();
      parts.push(part);
    }
  }
  try {
    return parseBoundedJson(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw badRequest(`The body cannot be read as JSON: ${(cause as Error).message}`, null, 'invalid_json');
  }
}

/** Checks a body, and says of the first fault where it is, in the original's words. @throws ApiError */
export function checkBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? String(step) : `.${String(step)}`))
    .join('');
  if (issue.code === 'unrecognized_keys') {
    const name = path === '' ? issue.keys[0]! : `${path}.${issue.keys[0]!}`;
    throw badRequest(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('received undefined');
  if (missing) throw badRequest(`Missing required parameter: '${path}'.`, path, 'missing_required_parameter');
  throw badRequest(`Invalid value${path === '' ? '' : ` for '${path}'`}: ${issue.message}.`, path === '' ? null : path, 'invalid_value');
}
