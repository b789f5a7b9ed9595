/** What stands between a program and the engine: keys, names, origins, sizes, policies, certificates; and the formats, with a model without sense. */
import { execFileSync } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SteadyApp } from '../../../electron/app.ts';
import { MAX_BODY_BYTES } from '../../../electron/api/body.ts';
import { startApiServer, type ApiServer } from '../../../electron/api/server.ts';
import { loadTestModel, startTestApp, temporaryFolder } from '../support.ts';
import { startApi } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let app: SteadyApp;
let server: ApiServer;
let key: string;
beforeAll(async () => {
  ({ app } = await startTestApp(cleanup));
  await loadTestModel(app);
  server = await startApi(app, cleanup);
  ({ key } = await app.apiKeys.create('border'));
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // Answers are of many shapes here.
  json: any;
}

/** One request, with headers exactly as given. */
function send(
  path: string,
  body: string | object | null = null,
  headers: Record<string, string> = {},
  port = server.port,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: body === null ? 'GET' : 'POST',
        agent: false,
        headers: { authorization: `Bearer ${key}`, ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : null });
        });
      },
    );
    call.on('error', reject);
    call.end(body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}
const question = { model: 'steady', messages: [{ role: 'user', content: 'Hello there' }], max_tokens: 4 };
const CHAT = '/v1/chat/completions';

describe('nobody is answered', () => {
  test.each(['/health', '/metrics', '/v1/models', '/anything'])('without a key: %s', async (path) => {
    for (const authorization of ['', 'Bearer ', 'Bearer sk-steady-wrong', `Basic ${key}`]) {
      expect(await send(path, null, { authorization })).toMatchObject({ status: 401, json: { error: { code: 'invalid_api_key' } } });
    }
  });

  test('under a foreign name, or for the page of another site', async () => {
    for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', `127.0.0.1:${server.port + 1}`]) {
      expect(await send(CHAT, question, { host })).toMatchObject({ status: 403, json: { error: { code: 'wrong_host' } } });
    }
    for (const origin of ['http://evil.example', 'null', `http://localhost:${server.port}`]) {
      expect(await send(CHAT, question, { origin })).toMatchObject({ status: 403, json: { error: { code: 'wrong_origin' } } });
    }
    expect((await send(CHAT, question, { origin: `http://127.0.0.1:${server.port}` })).status).toBe(200);
  });

  test('who sends too much, too deep, or no JSON', async () => {
    const long = await send(CHAT, `{"model":"${'x'.repeat(MAX_BODY_BYTES)}"}`).catch((error: NodeJS.ErrnoException) => error.code);
    // The connection may be gone before all of it is sent.
    expect(typeof long === 'object' ? long.status : long).toSatisfy((value: unknown) =>
      [413, 'EPIPE', 'ECONNRESET'].includes(value as never),
    );
    expect(await send(CHAT, `${'['.repeat(10_000)}${']'.repeat(10_000)}`)).toMatchObject({
      status: 400,
      json: { error: { code: 'invalid_json' } },
    });
    expect(await send(CHAT, 'hello')).toMatchObject({ status: 400, json: { error: { code: 'invalid_json' } } });
    expect((await send(CHAT, '[]')).status).toBe(400);
  });

  test('who asks for what is not there', async () => {
    expect(await send('/v1/embeddings', {})).toMatchObject({ status: 404, json: { error: { code: 'unknown_url' } } });
    expect(await send(CHAT, { ...question, model: 'gpt-5' })).toMatchObject({ status: 404, json: { error: { code: 'model_not_found' } } });
  });

  test('what is longer than the context', async () => {
    const messages = [{ role: 'user', content: 'word '.repeat(5000) }];
    const expected = { status: 400, json: { error: { code: 'context_length_exceeded', type: 'invalid_request_error' } } };
    expect(await send(CHAT, { ...question, messages })).toMatchObject(expected);
    expect(await send(CHAT, { ...question, messages, stream: true })).toMatchObject(expected);
  });

  test('where a policy forbids it, from that moment on', async () => {
    await app.policies.set({ api: 'forbidden' });
    expect(await send(CHAT, question)).toMatchObject({ status: 403, json: { error: { code: 'policy' } } });
    await expect(startApi(app, cleanup)).rejects.toMatchObject({ code: 'policy' });
    await app.policies.set({ api: 'loopback' });
    expect((await send(CHAT, question)).status).toBe(200);
  });

  test('while a job has the engine for itself, and says how long', async () => {
    const lease = app.lease.acquire({ what: 'A calibration is running', hint: 'Wait.', secondsLeft: () => 90 });
    try {
      const answer = await send(CHAT, question);
      expect(answer).toMatchObject({ status: 503, json: { error: { code: 'busy' } } });
      expect(answer.headers['retry-after']).toBe('90');
    } finally {
      lease.release();
    }
  });
});

test('replies held to a schema are what it says', async () => {
  const schema = {
    type: 'object',
    properties: {
      size: { enum: ['small', 'large'] },
      tags: { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 },
      to: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/place' }] },
    },
    required: ['size', 'tags', 'to'],
    additionalProperties: false,
    $defs: { place: { const: 'here' } },
  };
  const ask = (json_schema: object) => send(CHAT, { ...question, max_tokens: 200, response_format: { type: 'json_schema', json_schema } });
  const answer = await ask({ name: 'parcel', schema, strict: true });
  expect(answer.json.choices[0].finish_reason).toBe('stop');
  const made = JSON.parse(answer.json.choices[0].message.content as string) as Record<string, unknown>;
  expect(Object.keys(made)).toEqual(['size', 'tags', 'to']);
  expect(['small', 'large']).toContain(made['size']);
  expect([null, 'here']).toContain(made['to']);
  for (const fault of [
    { type: 'string', pattern: '^a' },
    { type: 'integer', minimum: 3 },
    { type: 'array', maxItems: 1e9 },
    { $ref: '#/$defs/none' },
    { type: 'object', properties: { a: { not: {} } } },
  ]) {
    expect(await ask({ name: 'x', schema: fault })).toMatchObject({ status: 400, json: { error: { code: 'unsupported_schema' } } });
  }
});

test("Anthropic's messages, whole and streamed", async () => {
  const asked = {
    model: 'steady',
    max_tokens: 4,
    system: 'Be brief.',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }],
  };
  const headers = { authorization: '', 'x-api-key': key };
  const whole = await send('/v1/messages?beta=true', asked, headers);
  expect(whole.json).toMatchObject({
    type: 'message',
    role: 'assistant',
    stop_reason: 'max_tokens',
    stop_sequence: null,
    usage: { output_tokens: 4 },
  });
  const stream = await send('/v1/messages', { ...asked, stream: true, temperature: 0 }, headers);
  const events = stream.text
    .trim()
    .split('\n\n')
    .map((event) => {
      const [name, data] = event.split('\n');
      return { name: name!.slice('event: '.length), data: JSON.parse(data!.slice('data: '.length)) };
    });
  const names = events.map(({ name }) => name);
  expect([names[0], names[1], ...names.slice(-3)]).toEqual([
    'message_start',
    'content_block_start',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  const text = events
    .filter(({ name }) => name === 'content_block_delta')
    .map(({ data }) => data.delta.text as string)
    .join('');
  const greedy = await send('/v1/messages', { ...asked, temperature: 0 }, headers);
  expect(text).toBe(greedy.json.content[0].text);
  const fault = await send('/v1/messages', { ...asked, foo: 1 }, headers);
  expect(fault).toMatchObject({
    status: 400,
    json: { type: 'error', error: { type: 'invalid_request_error', message: "Unknown parameter: 'foo'." } },
  });
  expect((await send('/v1/messages', { ...asked, max_tokens: undefined }, headers)).status).toBe(400);
  const stop = (greedy.json.content[0].text as string).slice(3, 5);
  expect((await send('/v1/messages', { ...asked, temperature: 0, stop_sequences: [stop] }, headers)).json).toMatchObject({
    stop_reason: 'stop_sequence',
    stop_sequence: stop,
  });
});

test("OpenAI's responses, whole and streamed", async () => {
  const asked = { model: 'steady', instructions: 'Be brief.', input: 'Hello there', max_output_tokens: 4, temperature: 0 };
  const whole = await send('/v1/responses', asked);
  expect(whole.json).toMatchObject({
    object: 'response',
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    usage: { output_tokens: 4 },
  });
  const stream = await send('/v1/responses', { ...asked, stream: true });
  const events = stream.text
    .trim()
    .split('\n\n')
    .map((event) => JSON.parse(event.split('\n')[1]!.slice('data: '.length)));
  expect(events.map(({ sequence_number: number }) => number as number)).toEqual(events.map((_, index) => index));
  expect(events.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { output: [{ content: [{ text: whole.json.output[0].content[0].text }] }] },
  });
  expect(await send('/v1/responses', { ...asked, previous_response_id: 'resp_1' })).toMatchObject({
    status: 400,
    json: { error: { code: 'unsupported_parameter' } },
  });
});

test('plain text is gone on with only where the policies allow it', async () => {
  const asked = { model: 'steady', prompt: 'Once upon a time', max_tokens: 4, temperature: 0 };
  expect(await send('/v1/completions', asked)).toMatchObject({ status: 403, json: { error: { code: 'policy' } } });
  await app.policies.set({ apiRawText: 'allowed' });
  const answer = await send('/v1/completions', asked);
  expect(answer.json).toMatchObject({ object: 'text_completion', choices: [{ finish_reason: 'length' }] });
  // Without a template: the text is all there is.
  expect(answer.json.usage.prompt_tokens).toBeLessThan(
    (await send(CHAT, { ...question, messages: [{ role: 'user', content: 'Once upon a time' }] })).json.usage.prompt_tokens as number,
  );
});

test('what was asked is counted, without names', async () => {
  const { text, headers } = await send('/metrics');
  expect(headers['content-type']).toContain('text/plain');
  expect(text).toMatch(/steady_api_requests_total\{route="\/v1\/chat\/completions",status="200"\} [1-9]/);
  expect(text).toMatch(/steady_api_requests_total\{route="other",status="404"\} [1-9]/);
  expect(text).toMatch(/steady_api_tokens_total\{kind="reply"\} [1-9]/);
  expect(text).toContain('steady_api_waiting 0');
  expect(text).not.toContain('border');
  expect(await send('/health')).toMatchObject({ status: 200, json: { status: 'ok', engine: 'ready', protection: 'off' } });
});

test('requests that come at once wait for each other, and too many are told when to come again', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(CHAT, { ...question, max_tokens: 30 })));
  const late = answers.filter(({ status }) => status !== 200);
  // One is answered and 32 wait; some come when others have been answered already.
  expect(answers.length - late.length).toBeGreaterThanOrEqual(33);
  expect(late.length).toBeGreaterThan(0);
  for (const { status, json, headers } of late) {
    expect([status, json.error.code]).toEqual([429, 'queue_full']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  }
});

describe('on a network', () => {
  test('nothing is served without a certificate, or without the policy', async () => {
    const start = (change: object) =>
      startApiServer({
        ...app.apiReplies,
        keys: app.apiKeys,
        port: 0,
        host: '0.0.0.0',
        ...change,
      });
    await expect(start({})).rejects.toMatchObject({ code: 'policy' });
    await app.policies.set({ api: 'network' });
    await expect(start({})).rejects.toMatchObject({ code: 'bad-input' });
    await expect(start({ tls: { cert: '/nowhere', key: '/nowhere' } })).rejects.toMatchObject({ code: 'bad-input' });
    await app.policies.set({ api: 'loopback' });
  });

  test('with one it answers over TLS', async () => {
    const folder = temporaryFolder(cleanup);
    const [cert, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', cert, '-days', '2', ...subject], {
      stdio: 'ignore',
    });
    const secure = await startApi(app, cleanup, { tls: { cert, key: keyFile } });
    expect(secure.baseUrl).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      httpsRequest(`${secure.baseUrl}/models`, { ca: readFileSync(cert), headers: { authorization: `Bearer ${key}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
