/** Under the machine's policy file a model is what its bytes say, whatever was remembered of it. */
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkModel } from '../../../electron/admin/check-model.ts';
import { startApp } from '../../../electron/app.ts';
import { catalogueEntry } from '../../../models/index.ts';
import { sampleGguf } from '../models/sample-gguf.ts';
import { tempDir } from './support.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

const ALLOWED = catalogueEntry('qwen2.5-coder-0.5b-instruct');
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A model of the user's own, and a data folder that remembers it as one of the catalogue. */
async function disguised() {
  const dataDir = await tempDir();
  const path = join(dataDir, 'mine.gguf');
  const bytes = sampleGguf();
  await writeFile(path, bytes);
  const { size, mtimeMs } = await stat(path);
  await writeFile(join(dataDir, 'model-hashes.json'), JSON.stringify({ [path]: { size, mtimeMs, sha256: ALLOWED.sha256 } }));
  return { dataDir, path, bytes };
}

test('a remembered hash is not believed: the file is read, and is not the one that is allowed', async () => {
  const { dataDir, path } = await disguised();
  const systemPolicyFile = join(dataDir, 'etc', 'policy.json');
  await mkdir(join(dataDir, 'etc'));
  await writeFile(systemPolicyFile, JSON.stringify({ version: 1, allowedModels: [ALLOWED.id] }));
  let started = 0;
  const app = await startApp({
    dataDir,
    shell: 'served',
    loadModel: false,
    systemPolicyFile,
    forkEngine: () => {
      started++;
      throw new Error('The engine is not to be started.');
    },
  });
  onTestFinished(() => app.close());
  await expect(app.models.load(`file:${path}`)).rejects.toMatchObject({
    code: 'model-damaged',
    message: expect.stringContaining('not what was remembered') as string,
  });
  expect(started).toBe(0);
  expect(app.protection.state).toMatchObject({ status: 'off', chatAllowed: false });
});

test('the right hash passes; without such a policy file nothing is read again', async () => {
  const { path, bytes } = await disguised();
  const system = { ...fixedPolicies({ allowedModels: [sha256(bytes)] }), system: true };
  await checkModel({ modelPath: path, modelSha256: sha256(bytes) }, system);
  await expect(
    checkModel({ modelPath: path, modelSha256: sha256(bytes) }, { ...fixedPolicies({ allowedModels: [] }), system: true }),
  ).rejects.toMatchObject({
    code: 'policy',
  });
  await checkModel({ modelPath: '/nowhere', modelSha256: ALLOWED.sha256 }, fixedPolicies());
});
