/** The description of the API in resources/: the one that requests are checked by. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../../electron/api/openapi.ts';

const PATH = join(import.meta.dirname, '..', '..', '..', 'resources', 'openapi.json');

test('resources/openapi.json is current (STEADY_UPDATE=1 writes it anew)', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument())) as unknown;
  if (process.env['STEADY_UPDATE'] === '1') writeFileSync(PATH, `${JSON.stringify(document, null, 2)}\n`);
  expect(JSON.parse(readFileSync(PATH, 'utf8'))).toEqual(document);
});
