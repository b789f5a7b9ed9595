/** The addons that were built for other systems (`npm run build:native -- --all`): none of them can be loaded here, so they are read. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addonFolder } from '../../build/native.ts';
import { addonIdentity } from '../../build/native/identity.ts';
import { addonFileFaults, readBinary } from '../../build/native/inspect/index.ts';
import { TARGETS } from '../../build/native/targets.ts';
import { NATIVE_INTERFACE } from '../../steering/native/binding.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe.each(Object.entries(TARGETS))('%s', (_, target) => {
  const path = join(ROOT, addonFolder({ portable: true }, target), 'steady_native.node');
  const built = existsSync(path);

  test.skipIf(!built)('exports what Node looks for and nothing else, and wants nothing but Node-API and the system', async () => {
    // Built by this machine's own compiler for this machine's kind, it may lean on the C++ library that such machines have.
    const own = target.platform === process.platform && target.arch === process.arch;
    const faults = await addonFileFaults(path, target);
    expect(own ? faults.filter((fault) => !/libstdc\+\+|also exports|wants _Z/.test(fault)) : faults).toEqual([]);
    if (target.platform !== 'win32') return;
    const { imports } = readBinary(await readFile(path));
    expect(imports.filter(({ name }) => name.startsWith('napi_'))).toEqual([]);
    expect(imports.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['GetProcAddress', 'GetModuleHandleA', 'K32EnumProcessModules']),
    );
  });

  test.skipIf(!built)('says what it was built against', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await addonIdentity(path)).toEqual({ nodeLlamaCpp: version, interfaceVersion: NATIVE_INTERFACE });
  });
});
