/** Policies: where values come from, that files win and fail closed, and that each is enforced in the real app. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { DEFAULT_POLICIES, isModelAllowed, STRICTEST_POLICIES } from '../../../electron/admin/policies.ts';
import { policyFilePaths, systemPolicyPath } from '../../../electron/admin/policy-files.ts';
import { startApp, type SteadyApp } from '../../../electron/app.ts';
import { POLICY_NAMES, policyFile, policyValues, type PolicyValues } from '../../../electron/contract/index.ts';
import { EvaluationFolder } from '../../../electron/evaluation/jobs/job-folder.ts';
import { CATALOGUE } from '../../../models/index.ts';
import { addConversation, addTurn, logRefusal, rawDatabase, refusal } from '../store/helpers.ts';
import { openAdmin, PASSPHRASE, tempDir } from './support.ts';

afterEach(() => void delete process.env['STEADY_POLICY']);

const policyError = expect.objectContaining({ code: 'policy' });

/** Every policy with a value that is not its default. */
const OTHER: PolicyValues = {
  steering: 'switchable',
  unprotectedChat: 'forbidden',
  allowedModels: ['qwen2.5-coder-0.5b'],
  retentionDays: 7,
  onConversationDeleted: 'remove',
  logVisibility: 'everyone',
  storePromptText: false,
  idleLockMinutes: 3,
  protectModels: 'admin',
  useAskedPrompts: true,
  api: 'forbidden',
  apiRawText: 'allowed',
  signingKeys: ['RWTSu1jRQyyxGxaFhyfcvGkRWOag22sON76ysrNItgQ9RiglNR7NsAxH'],
  logWitness: '/mnt/witness',
};

test('defaults hold until an admin sets a value; both are valid', async () => {
  expect(policyValues.parse(DEFAULT_POLICIES)).toEqual(DEFAULT_POLICIES);
  expect(policyValues.parse(STRICTEST_POLICIES)).toEqual(STRICTEST_POLICIES);
  const { policies, store } = await openAdmin();
  expect(policies.state).toMatchObject({ values: DEFAULT_POLICIES, files: [], problem: null });
  const seen: PolicyValues[] = [];
  policies.onChange((values) => seen.push(values));
  await policies.set({ retentionDays: 30 });
  expect(policies.state.sources).toMatchObject({ retentionDays: 'admin', steering: 'default' });
  expect(seen).toEqual([{ ...DEFAULT_POLICIES, retentionDays: 30 }]);
  expect((await store.admin.events(1))[0]).toMatchObject({ kind: 'policies', detail: 'Policies were set: retentionDays = 30.' });
});

test.each(POLICY_NAMES)('%s in a policy file wins and cannot be changed', async (name) => {
  const { policies, page, writePolicy, admin } = await openAdmin();
  await admin.choose(null);
  await policies.set(DEFAULT_POLICIES);
  await writePolicy({ version: 1, [name]: OTHER[name] });
  expect(policies.current()).toEqual({ ...DEFAULT_POLICIES, [name]: OTHER[name] });
  expect(policies.state.sources[name]).toBe('file');
  // From a page with the admin area open, alone and beside a value that could be set.
  const { handlers } = page();
  await expect((async () => handlers['admin.setPolicies']({ [name]: DEFAULT_POLICIES[name] }))()).rejects.toEqual(policyError);
  const free = name === 'retentionDays' ? 'idleLockMinutes' : 'retentionDays';
  await expect((async () => handlers['admin.setPolicies']({ [free]: 99, [name]: DEFAULT_POLICIES[name] }))()).rejects.toEqual(policyError);
  expect(policies.current()).toEqual({ ...DEFAULT_POLICIES, [name]: OTHER[name] });
  await handlers['admin.setPolicies']({ [free]: 99 });
  expect(policies.current()[free]).toBe(99);
});

test("the machine's file wins over the one a user names, which wins over the data folder's; field by field", async () => {
  const dataDir = await tempDir();
  await mkdir(join(dataDir, 'etc'));
  const named = join(dataDir, 'named.json');
  await writeFile(join(dataDir, 'etc', 'policy.json'), '{"version": 1, "steering": "mandatory"}');
  await writeFile(named, '{"version": 1, "steering": "switchable", "retentionDays": 1}');
  await writeFile(join(dataDir, 'policy.json'), '{"version": 1, "steering": "switchable", "retentionDays": 2, "idleLockMinutes": 3}');
  const { policies } = await openAdmin(dataDir, { STEADY_POLICY: named });
  expect(policies.current()).toEqual({ ...DEFAULT_POLICIES, retentionDays: 1, idleLockMinutes: 3 });
  expect(policies.state.files).toEqual([join(dataDir, 'etc', 'policy.json'), named, join(dataDir, 'policy.json')]);
  expect(systemPolicyPath('linux')).toBe('/etc/steady/policy.json');
  expect(policyFilePaths('/data', { env: {} })[0]).toEqual({ path: systemPolicyPath(), required: false, system: true });
});

test.each([
  ['not JSON', '{"version": 1,'],
  ['a value that is none', '{"version": 1, "steering": "off"}'],
  ['a name that is none', '{"version": 1, "stearing": "mandatory"}'],
  ['no version', '{"steering": "mandatory"}'],
  ['a version of another time', '{"version": 2}'],
  ['a list', '[]'],
  ['nothing', ''],
  ['a name that it has twice', '{"version": 1, "steering": "mandatory", "steering": "switchable"}'],
  ['a name that it has twice, once in other letters', '{"version": 1, "steering": "mandatory", "\\u0073teering": "switchable"}'],
  ['lists without end', '['.repeat(100_000)],
  ['more than a megabyte', `{"version": 1}${' '.repeat(1024 * 1024)}`],
])('a policy file with %s allows nothing and says why', async (_, content) => {
  const { policies, page, writePolicy, dataDir } = await openAdmin();
  await policies.set({ steering: 'switchable', logVisibility: 'everyone' });
  const { heard, handlers } = page();
  await writePolicy(content);
  expect(policies.current()).toEqual(STRICTEST_POLICIES);
  expect(policies.problem).toMatchObject({ code: 'policy-damaged' });
  expect(policies.problem!.message).toContain(join(dataDir, 'policy.json'));
  expect(heard.at(-1)).toEqual([
    'admin.changed',
    expect.objectContaining({ problem: expect.objectContaining({ code: 'policy-damaged' }) as object }),
  ]);
  await expect(policies.set({ steering: 'switchable' })).rejects.toMatchObject({ code: 'policy-damaged' });
  expect(await handlers['admin.state']({})).toMatchObject({ problem: { code: 'policy-damaged' } });
  await rm(join(dataDir, 'policy.json'));
  await policies.refresh();
  expect(policies.problem).toBeNull();
  expect(policies.current().steering).toBe('switchable');
});

test.skipIf(process.platform === 'win32').each([
  ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
  ['a device', (path: string) => symlink('/dev/zero', path)],
  ['an empty device', (path: string) => symlink('/dev/null', path)],
  ['a folder', (path: string) => mkdir(path)],
  ['a link that leads nowhere', (path: string) => symlink('/nowhere/policy.json', path)],
])('where the policy file is %s nothing is allowed, and nothing waits for it', async (_, make) => {
  const { policies, dataDir } = await openAdmin();
  await mkdir(join(dataDir, 'etc'));
  await make(join(dataDir, 'etc', 'policy.json'));
  await policies.refresh();
  expect(policies.problem).toMatchObject({
    code: 'policy-damaged',
    message: expect.stringContaining('policy.json cannot be used') as string,
  });
  expect(policies.current()).toEqual(STRICTEST_POLICIES);
});

test('a named file that is not there, and a stored value that cannot be read, count against', async () => {
  const { policies } = await openAdmin(undefined, { STEADY_POLICY: '/nowhere/policy.json' });
  expect(policies.problem).toMatchObject({ code: 'policy-damaged', message: expect.stringContaining('does not exist') as string });
  const other = await openAdmin();
  await other.store.admin.setPolicies({ unprotectedChat: 'sometimes', steering: 'switchable' }, { kind: 'policies', detail: '' });
  await other.policies.refresh();
  expect(other.policies.current()).toEqual({ ...DEFAULT_POLICIES, unprotectedChat: 'forbidden', steering: 'switchable' });
});

test('the schema in resources/ is the one that is checked', async () => {
  const path = join(import.meta.dirname, '..', '..', '..', 'resources', 'policy.schema.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    ...z.toJSONSchema(policyFile, { io: 'input' }),
    title: "Policies of a machine's Steady",
  });
});

// ── Enforced in the real app ─────────────────────────────────────────────────────────────────────────────────────────

async function app(policy: Record<string, unknown> | string | null, folder?: string): Promise<SteadyApp & { dataDir: string }> {
  const dataDir = folder ?? (await tempDir());
  if (policy !== null)
    await writeFile(join(dataDir, 'policy.json'), typeof policy === 'string' ? policy : JSON.stringify({ version: 1, ...policy }));
  const started = await startApp({ dataDir, shell: 'served', loadModel: false, systemPolicyFile: join(dataDir, 'none.json') });
  onTestFinished(() => started.close());
  return Object.assign(started, { dataDir });
}

test('unprotectedChat: forbidden. No setting allows it, whenever it was made', async () => {
  const started = await app(null);
  const { handlers } = started.connect();
  await handlers['settings.update']({ allowUnprotectedChat: true });
  expect((await handlers['app.state']({})).protection.chatAllowed).toBe(true);
  await writeFile(join(started.dataDir, 'policy.json'), JSON.stringify({ version: 1, unprotectedChat: 'forbidden' }));
  await started.policies.refresh();
  expect((await handlers['app.state']({})).protection.chatAllowed).toBe(false);
  expect(() => started.protection.requireDecision()).toThrow(expect.objectContaining({ code: 'protection-off' }));
  await expect((async () => handlers['settings.update']({ theme: 'dark', allowUnprotectedChat: true }))()).rejects.toEqual(policyError);
  expect((await handlers['app.state']({})).settings.theme).toBe('system');
});

test('useAskedPrompts: nobody reads what people asked unless a policy says so; then it is a draft to look through', async () => {
  const closed = await app(null);
  await expect((async () => closed.handlers['calibration.draft.fromChats']({}))()).rejects.toEqual(policyError);
  const started = await app({ useAskedPrompts: true });
  await expect(started.handlers['calibration.draft.fromChats']({})).rejects.toMatchObject({ code: 'bad-input' });
  const outcome = { verdict: 'complied', cause: 'none', steered: false, protected: true, scores: [] } as const;
  const end = { outcome: { ...outcome, scores: [] } };
  await addTurn(started.store, { text: 'How do I\nbake bread?', reply: 'Like this.', end });
  const draft = await started.handlers['calibration.draft.fromChats']({});
  expect(draft).toMatchObject({ prompts: 1, preview: ['How do I\nbake bread?'], source: 'What people here have asked' });
  // Kept only once somebody says so.
  expect(await started.handlers['calibration.sets.list']({})).toHaveLength(1);
});

test('steering: mandatory by default, and switching it off is refused; where it is switchable the state says so', async () => {
  const mandatory = (await app(null)).connect().handlers;
  await expect((async () => mandatory['protection.switch']({ on: false }))()).rejects.toEqual(policyError);
  const started = await app({ steering: 'switchable' });
  const { handlers } = started.connect();
  await handlers['protection.switch']({ on: false });
  // The file changes its mind: what was switched off counts no more.
  await writeFile(join(started.dataDir, 'policy.json'), JSON.stringify({ version: 1, steering: 'mandatory' }));
  await started.policies.refresh();
  await expect((async () => handlers['protection.switch']({ on: false }))()).rejects.toEqual(policyError);
});

test('steering: mandatory in a file. No evaluation that keeps replies is started or resumed unless an admin has a passphrase', async () => {
  const { handlers, admin, dataDir } = await app({ steering: 'mandatory' });
  const id = '00000000-0000-4000-8000-000000000000';
  const wanted = { arms: ['unsteered' as const], maxTokens: 12, limit: null, firstTokenKl: false };
  const model = { modelId: 'none-such', modelName: 'None', modelSha256: 'f'.repeat(64) };
  const end = { status: 'cancelled' as const, error: null, createdAt: 0, finishedAt: null };
  const folder = new EvaluationFolder(dataDir, id);
  await folder.create();
  const start = async (keepTexts: boolean) => handlers['evaluation.start']({ ...wanted, setIds: [id], keepTexts });
  const resume = async (keepTexts: boolean) => {
    await folder.write({ ...wanted, ...model, ...end, version: 1, id, name: 'a', sets: [], files: [], keepTexts });
    return handlers['evaluation.resume']({ jobId: id });
  };
  await expect(start(true)).rejects.toEqual(policyError);
  await expect(resume(true)).rejects.toEqual(policyError);
  // Past the policies, the next thing that is missing is the model.
  await expect(start(false)).rejects.toMatchObject({ code: 'model-not-loaded' });
  await expect(resume(false)).rejects.toMatchObject({ code: 'not-found' });
  await admin.choose(PASSPHRASE);
  await expect(start(true)).rejects.toMatchObject({ code: 'model-not-loaded' });
  await expect(resume(true)).rejects.toMatchObject({ code: 'not-found' });
});

test('allowedModels: others are neither loaded nor fetched, by whatever name', async () => {
  const [first, second] = CATALOGUE;
  const { handlers } = (await app({ allowedModels: [first!.id] })).connect();
  await expect((async () => handlers['models.download']({ modelId: second!.id }))()).rejects.toEqual(policyError);
  const list = await handlers['models.list']({});
  expect(list.filter(({ allowed }) => allowed === true).map(({ id }) => id)).toEqual([first!.id]);
  const only = { ...DEFAULT_POLICIES, allowedModels: [second!.sha256.toUpperCase()] };
  expect(isModelAllowed(only, second!.sha256)).toBe(true);
  expect(isModelAllowed(only, first!.sha256)).toBe(false);
  expect(isModelAllowed({ ...DEFAULT_POLICIES, allowedModels: [] }, first!.sha256)).toBe(false);
  expect(isModelAllowed(DEFAULT_POLICIES, 'f'.repeat(64))).toBe(true);
});

test('a damaged policy file: no model is loaded, no message answered, and the page is told', async () => {
  const started = await app('{');
  const { handlers } = started.connect();
  await expect((async () => handlers['models.download']({ modelId: CATALOGUE[0]!.id }))()).rejects.toMatchObject({
    code: 'policy-damaged',
  });
  const { protection } = await handlers['app.state']({});
  expect(protection).toMatchObject({ status: 'off', reason: 'policy', chatAllowed: false });
  expect(protection.message).toContain('policy.json');
  expect(() => started.protection.requireDecision()).toThrow(expect.objectContaining({ code: 'policy-damaged' }));
});

test('a damaged policy file: what was deleted long ago is kept until it is known what is to become of its refusals', async () => {
  const { dataDir, store, close } = await openAdmin();
  const { id } = await addConversation(store);
  await logRefusal(store, refusal(id, randomUUID()));
  await store.conversations.delete(id);
  await close();
  const db = rawDatabase(join(dataDir, 'steady.db'));
  db.exec('UPDATE conversations SET deleted_at = 0 WHERE deleted_at IS NOT NULL');
  const count = db.prepare('SELECT count(*) FROM conversations WHERE deleted_at IS NOT NULL').pluck();
  await (await app('{', dataDir)).close();
  expect(count.get()).toBe(1);
  const { store: again } = await app({ onConversationDeleted: 'remove' }, dataDir);
  expect(count.get()).toBe(0);
  await expect(again.refusals.get(1)).rejects.toMatchObject({ code: 'not-found' });
});

test('logVisibility: everyone opens reading the log and nothing else', async () => {
  const { policies, page, admin } = await openAdmin();
  await admin.choose('correct horse battery');
  await policies.set({ logVisibility: 'everyone' });
  const { LOG_READ_REQUESTS, ADMIN_REQUESTS } = await import('../../../electron/contract/index.ts');
  const { handlers } = page();
  for (const name of ADMIN_REQUESTS) {
    const answer = (async () => handlers[name as 'admin.policies']({}))();
    if (LOG_READ_REQUESTS.has(name)) await expect(answer, name).resolves.toEqual({ answered: name });
    else await expect(answer, name).rejects.toMatchObject({ code: 'locked' });
  }
});
