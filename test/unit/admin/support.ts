/** A real store, real policy files and the real admin service in a folder of their own, and pages connected to them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AdminService } from '../../../electron/admin/admin-service.ts';
import { policyFilePaths } from '../../../electron/admin/policy-files.ts';
import { PolicyService } from '../../../electron/admin/policy-service.ts';
import { pageContract } from '../../../electron/contract/index.ts';
import { AppEvents } from '../../../electron/events.ts';
import type { PageConnection } from '../../../electron/page/connection.ts';
import { PageConnections, type AppHandlers } from '../../../electron/page/connections.ts';
import { openStore } from '../../../electron/store/index.ts';

export const PASSPHRASE = 'correct horse battery';

export interface AdminRig {
  dataDir: string;
  admin: AdminService;
  policies: PolicyService;
  events: AppEvents;
  store: Awaited<ReturnType<typeof openStore>>;
  /** A page's connection, and what it heard. */
  page(): { handlers: PageConnection['handlers']; heard: [string, unknown][]; close(): void };
  /** Writes the data folder's policy file and has it read. */
  writePolicy(text: unknown): Promise<void>;
  close(): Promise<void>;
}

/** Handlers of the whole contract that answer with the name of what was asked. */
export const echo = Object.fromEntries(
  Object.keys(pageContract.requests).map((name) => [name, () => ({ answered: name })]),
) as unknown as AppHandlers;

export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'steady-admin-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function openAdmin(dataDir?: string, env: NodeJS.ProcessEnv = {}): Promise<AdminRig> {
  const dir = dataDir ?? (await tempDir());
  const store = await openStore({ path: join(dir, 'steady.db') });
  const events = new AppEvents();
  const files = policyFilePaths(dir, { env, systemFile: join(dir, 'etc', 'policy.json') });
  const policies = await PolicyService.open({ store: store.admin, files });
  const admin = await AdminService.open({ store: store.admin, policies });
  const pages = new PageConnections({ handlers: echo, admin, policies, store: store.admin, events });
  let closing: Promise<void> | undefined;
  const close = () => {
    admin.close();
    return (closing ??= store.close());
  };
  onTestFinished(close);
  return {
    dataDir: dir,
    admin,
    policies,
    events,
    store,
    page: () => {
      const connection = pages.connect();
      const heard: [string, unknown][] = [];
      connection.onEvent((name, payload) => heard.push([name, payload]));
      return { handlers: connection.handlers, heard, close: connection.close };
    },
    writePolicy: async (content) => {
      await writeFile(join(dir, 'policy.json'), typeof content === 'string' ? content : JSON.stringify(content));
      await policies.refresh();
    },
    close,
  };
}
