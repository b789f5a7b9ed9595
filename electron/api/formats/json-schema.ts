/**
 * JSON schemas that a reply can be held to: what the grammars know of JSON Schema, in their words. A keyword that they do not know would not
 * be kept to, so it is refused instead of passed over. What comes out is valid: the grammars write every property, and none that is not named.
 */
import { z } from 'zod';
import { badRequest } from '../errors.ts';

/** Grammars grow with what a schema counts, and with how much it names. */
const MAX_COUNT = 200;
const MAX_NODES = 1000;
const MAX_TEXT = 500;

const count = z.number().int().min(0).max(MAX_COUNT).optional();
const value = z.union([z.string().max(MAX_TEXT), z.number(), z.boolean(), z.null()]);
const simple = z.enum(['string', 'number', 'integer', 'boolean', 'null']);

/** Keywords that say something to people alone. */
const notes = {
  title: z.unknown().optional(),
  description: z.unknown().optional(),
  default: z.unknown().optional(),
  examples: z.unknown().optional(),
  $schema: z.unknown().optional(),
  $id: z.unknown().optional(),
};
const NOTES = new Set(Object.keys(notes));
const defs = { $defs: z.record(z.string().max(MAX_TEXT), z.unknown()).optional() };

const shapes = z.union([
  z.strictObject({ ...notes, ...defs, $ref: z.string().regex(/^#\/\$defs\/[^/]+$/) }),
  z.strictObject({ ...notes, ...defs, type: simple.optional(), const: value }),
  z.strictObject({ ...notes, ...defs, type: z.union([simple, z.array(simple)]).optional(), enum: z.array(value).min(1).max(MAX_COUNT) }),
  z.strictObject({ ...notes, ...defs, anyOf: z.array(z.unknown()).min(1).max(MAX_COUNT) }),
  z.strictObject({ ...notes, ...defs, oneOf: z.array(z.unknown()).min(1).max(MAX_COUNT) }),
  z.strictObject({ ...notes, ...defs, type: z.literal('string'), minLength: count, maxLength: count }),
  z.strictObject({ ...notes, ...defs, type: z.literal('string'), format: z.enum(['date-time', 'time', 'date']) }),
  z.strictObject({ ...notes, ...defs, type: z.union([simple, z.array(simple).min(1)]) }),
  z.strictObject({
    ...notes,
    ...defs,
    type: z.literal('object'),
    properties: z.record(z.string().max(MAX_TEXT), z.unknown()).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.unknown().optional(),
    minProperties: count,
    maxProperties: count,
  }),
  z.strictObject({
    ...notes,
    ...defs,
    type: z.literal('array'),
    items: z.unknown().optional(),
    prefixItems: z.array(z.unknown()).max(MAX_COUNT).optional(),
    minItems: count,
    maxItems: count,
  }),
]);

const unfit = (path: string, why: string) =>
  badRequest(`Replies cannot be held to this schema: ${why} at ${path}.`, 'response_format', 'unsupported_schema');

/** An object of any kind. */
export const ANY_OBJECT = { type: 'object', additionalProperties: true };

/**
 * The schema as the grammars know it.
 * @throws ApiError for what they do not know, and for one that is too large
 */
export function toGrammarSchema(schema: unknown): Record<string, unknown> {
  const budget = { nodes: 0 };
  const root = typeof schema === 'object' && schema !== null ? (schema as { $defs?: unknown }).$defs : undefined;
  const names = new Set(Object.keys((root ?? {}) as object));
  return convert(schema, '#', names, budget);
}

function convert(schema: unknown, path: string, names: ReadonlySet<string>, budget: { nodes: number }): Record<string, unknown> {
  if (++budget.nodes > MAX_NODES) throw unfit(path, 'it has too many parts');
  const parsed = shapes.safeParse(schema);
  if (!parsed.success)
    throw unfit(
      path,
      `what stands there (${
        Object.keys((schema ?? {}) as object)
          .slice(0, 8)
          .join(', ') || String(schema)
      }) is not known`,
    );
  const next = (child: unknown, step: string) => convert(child, `${path}/${step}`, names, budget);
  const result: Record<string, unknown> = {};
  for (const [key, held] of Object.entries(parsed.data)) {
    if (held === undefined || NOTES.has(key) || key === 'required') continue;
    if (key === '$ref' && !names.has((held as string).slice('#/$defs/'.length))) throw unfit(path, `${String(held)} is not there`);
    if (key === '$defs' && path !== '#') throw unfit(path, '$defs are known at the top alone');
    if (key === 'properties' || key === '$defs') {
      result[key] = Object.fromEntries(Object.entries(held as object).map(([name, child]) => [name, next(child, `${key}/${name}`)]));
    } else if (key === 'anyOf' || key === 'oneOf')
      result['oneOf'] = (held as unknown[]).map((child, index) => next(child, `${key}/${index}`));
    else if (key === 'prefixItems') result[key] = (held as unknown[]).map((child, index) => next(child, `${key}/${index}`));
    else if (key === 'items') result[key] = next(held, key);
    else if (key === 'additionalProperties') {
      if (typeof held === 'object') result[key] = next(held, key);
      // Named ones are all that there need be.
      else if (held === true && parsed.data && !('properties' in parsed.data && parsed.data.properties !== undefined)) result[key] = true;
    } else if (key === 'type' && ('const' in parsed.data || 'enum' in parsed.data)) continue;
    else result[key] = held;
  }
  return result;
}
