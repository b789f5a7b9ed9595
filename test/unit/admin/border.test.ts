/** The real app behind a real served WebSocket: every request of the admin's is tried without the passphrase, and with it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type SteadyApp } from '../../../electron/app.ts';
import { ADMIN_REQUESTS, type ContractClient, type PageContract, type RequestName } from '../../../electron/contract/index.ts';
import { startServer, type ServedServer } from '../../../electron/served/index.ts';
import { connectPage, makePage, openSocket, signIn } from '../served/client.ts';
import { PASSPHRASE } from './support.ts';

let dataDir: string;
let app: SteadyApp;
let server: ServedServer;
let headers: Record<string, string>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'steady-border-'));
  app = await startApp({ dataDir, shell: 'served', loadModel: false, systemPolicyFile: join(dataDir, 'none.json') });
  server = await startServer({ app, pageDir: await makePage() });
  headers = { Cookie: await signIn(server.createAddress()), Origin: `http://127.0.0.1:${server.port}` };
}, 120_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const page = async (): Promise<{ client: ContractClient<PageContract>; leave: () => void }> => {
  const socket = await openSocket(server.port, headers);
  return { client: connectPage(socket), leave: () => socket.close() };
};

/** An id of every kind that a request may want; inputs that do not fit are refused before anything else is looked at. */
const ID = '0192f0c0-0000-7000-8000-000000000001';
const SHA = 'a'.repeat(64);
const INPUTS = [
  {},
  { id: ID },
  { id: SHA },
  { jobId: ID },
  { modelSha256: SHA },
  { limit: 1 },
  { current: null, next: null },
  { setIds: [] },
];

/** What a request answers to the inputs that fit it: error codes, or `ok`. */
async function answers(client: ContractClient<PageContract>, name: string): Promise<Set<string>> {
  const codes = new Set<string>();
  for (const input of INPUTS) {
    const code = await client.call(name as RequestName<PageContract>, input as never).then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );
    if (code !== 'bad-message') codes.add(code);
  }
  return codes;
}

test('before the choice, and with a passphrase, no request of the admin is answered but with `locked`', async () => {
  const first = await page();
  const outside = async (client: ContractClient<PageContract>) => {
    let tried = 0;
    for (const name of ADMIN_REQUESTS) {
      const codes = await answers(client, name);
      if (codes.size > 0) tried++;
      expect([...codes], name).toEqual(codes.size === 0 ? [] : ['locked']);
    }
    // Most requests take one of those inputs; the guard is the same for all of them.
    expect(tried).toBeGreaterThan(ADMIN_REQUESTS.size / 3);
  };
  await outside(first.client);
  await first.client.call('admin.choose', { passphrase: PASSPHRASE });
  expect((await first.client.call('admin.policies', {})).problem).toBeNull();

  const second = await page();
  await outside(second.client);
  await expect(second.client.call('admin.unlock', { passphrase: 'not this one' })).rejects.toMatchObject({ code: 'unauthorized' });
  await outside(second.client);
  expect(await second.client.call('admin.unlock', { passphrase: PASSPHRASE })).toMatchObject({ unlocked: true });
  expect((await second.client.call('admin.policies', {})).problem).toBeNull();

  // A connection that ended takes its key with it.
  second.leave();
  const third = await page();
  await expect(third.client.call('admin.policies', {})).rejects.toMatchObject({ code: 'locked' });
  third.leave();
  first.leave();
}, 120_000);

test('an open page that is locked out by a reset from elsewhere is told at once', async () => {
  const { client, leave } = await page();
  await client.call('admin.unlock', { passphrase: PASSPHRASE });
  const told = new Promise((resolve) => client.on('admin.changed', resolve));
  await app.admin.reset('another one altogether');
  expect(await told).toMatchObject({ unlocked: false, passphrase: 'set' });
  await expect(client.call('admin.policies', {})).rejects.toMatchObject({ code: 'locked' });
  leave();
}, 120_000);
