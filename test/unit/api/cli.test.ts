/** `steady api …` as an operator's script meets it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openAdmin, PASSPHRASE } from '../admin/support.ts';

const CLI = join(import.meta.dirname, '..', '..', '..', 'electron', 'cli.ts');
vi.setConfig({ testTimeout: 180_000 });

function steady(folder: string, args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, STEADY_ADMIN_PASSPHRASE: '', ...env, STEADY_HOME: folder } };
    const child = execFile(process.execPath, [CLI, ...args], options, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
    child.stdin?.end();
  });
}

function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-api-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a key goes alone to standard output, is listed without itself, and revoked', async () => {
  const folder = tempDir();
  const made = await steady(folder, ['api', 'key', 'create', 'My editor', '--rate', '30', '--no-log-text', '--refusal-finish', 'stop']);
  expect(made.code).toBe(0);
  expect(made.out).toMatch(/^sk-steady-[\w-]{43}\n$/);
  expect(made.err).toContain('shown once');
  const [listed] = JSON.parse((await steady(folder, ['api', 'key', 'list', '--json'])).out) as unknown[];
  expect(listed).toMatchObject({
    name: 'My editor',
    scope: { models: null, requestsPerMinute: 30, logText: false, refusalFinishReason: 'stop' },
    revokedAt: null,
  });
  expect(JSON.stringify(listed)).not.toContain(made.out.trim());
  expect((await steady(folder, ['api', 'key', 'revoke', 'my editor'])).code).toBe(0);
  expect((await steady(folder, ['api', 'key', 'list'])).out).toContain('revoked');
  expect(await steady(folder, ['api', 'key', 'revoke', 'my editor'])).toMatchObject({ code: 3, out: '' });
});

test("the admin's passphrase is asked for, and a network needs a certificate", async () => {
  const { dataDir, admin, close } = await openAdmin();
  await admin.choose(PASSPHRASE);
  await close();
  expect(await steady(dataDir, ['api', 'key', 'create', 'editor'])).toMatchObject({ code: 7, out: '' });
  const made = await steady(dataDir, ['api', 'key', 'create', 'editor'], { STEADY_ADMIN_PASSPHRASE: PASSPHRASE });
  expect(made.code).toBe(0);
  expect(await steady(dataDir, ['api', '--host', '0.0.0.0', '--port', '0'])).toMatchObject({ code: 8, out: '' });
  expect(await steady(dataDir, ['api', '--tls-cert', 'cert.pem'])).toMatchObject({ code: 2, out: '' });
});
