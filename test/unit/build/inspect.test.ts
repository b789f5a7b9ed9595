/** Reading native libraries of every system: on better-sqlite3's, which are all here, and on the addon of this machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addonFaults, addonFileFaults, EXPORTS, readBinary } from '../../../build/native/inspect/index.ts';
import { TARGETS } from '../../../build/native/targets.ts';
import { addonIdentity } from '../../../build/native/identity.ts';
import { nodeApiImports } from '../../../build/native/generated.ts';
import { NATIVE_INTERFACE } from '../../../steering/native/binding.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const sqlite = async (name: string) =>
  readBinary(await readFile(join(ROOT, 'node_modules', 'better-sqlite3', 'prebuilds', `${name}.node`)));
const FORMATS = { linux: 'elf', darwin: 'mach-o', win32: 'pe' } as Record<string, string>;

describe.each(Object.entries(TARGETS))('a real addon for %s', (name, target) => {
  test('is read: what it is, exports and wants', async () => {
    const facts = await sqlite(name);
    expect(facts).toMatchObject({ format: FORMATS[target.platform], arch: target.arch });
    expect(facts.exports).toContain('napi_register_module_v1');
    const wanted = [...facts.undefined, ...facts.imports.map((entry) => entry.name)];
    // For Windows it is built as ours: nothing is wanted of node.exe.
    expect(wanted).toContain(target.platform === 'win32' ? 'GetProcAddress' : 'napi_create_function');
    expect(facts.libraries.length).toBeGreaterThan(0);
  });

  test('is none for another system', async () => {
    const other = Object.entries(TARGETS).find(([key]) => key !== name)![1];
    expect(addonFaults(await sqlite(name), other).join()).toMatch(/it is (?:elf|pe|mach-o|for)/);
  });
});

test('an addon that names the executable it needs, or shows a C++ library, is refused', () => {
  const good = {
    format: 'pe' as const,
    arch: 'x64' as const,
    exports: [...EXPORTS],
    undefined: [],
    imports: [],
    libraries: ['KERNEL32.dll'],
  };
  const windows = TARGETS['win32-x64']!;
  expect(addonFaults(good, windows)).toEqual([]);
  expect(addonFaults({ ...good, libraries: ['node.exe'] }, windows)).toEqual(['it needs node.exe']);
  expect(addonFaults({ ...good, exports: ['napi_register_module_v1'] }, windows)).toEqual([
    'it does not export node_api_module_get_api_version_v1',
  ]);
  const mac = { ...good, format: 'mach-o' as const, arch: 'arm64' as const, libraries: ['/usr/lib/libSystem.B.dylib'], signed: true };
  const apple = TARGETS['darwin-arm64']!;
  expect(addonFaults({ ...mac, undefined: ['napi_create_object'] }, apple)).toEqual([]);
  expect(addonFaults({ ...mac, exports: [...EXPORTS, '_Znwm'] }, apple)).toEqual(['it also exports _Znwm (1)']);
  expect(addonFaults({ ...mac, undefined: ['llama_decode'] }, apple)).toEqual(['it wants llama_decode from whoever loads it']);
  expect(addonFaults({ ...mac, signed: false }, apple)).toEqual(['it has no signature']);
});

test('a damaged file is said to be one', async () => {
  const whole = await readFile(join(ROOT, 'node_modules', 'better-sqlite3', 'prebuilds', 'win32-x64.node'));
  expect(() => readBinary(whole.subarray(0, 300))).toThrow(/ends too soon|no program|lies in no section/);
  expect(() => readBinary(Buffer.from('not a library at all'))).toThrow('It is no native library.');
  expect(await addonFileFaults(import.meta.filename, TARGETS['linux-x64']!)).toEqual(['It is no native library.']);
});

test("this machine's addon says what it was built against", async () => {
  const path = join(ROOT, 'steering', 'native', 'build', `${process.platform}-${process.arch}`, 'steady_native.node');
  const { version } = JSON.parse(await readFile(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await addonIdentity(path)).toEqual({ nodeLlamaCpp: version, interfaceVersion: NATIVE_INTERFACE });
  expect(await addonIdentity(import.meta.filename)).toBeNull();
});

test('on Windows every function of Node-API is looked up in whatever has loaded the addon', () => {
  const source = nodeApiImports();
  for (const name of ['napi_create_function', 'napi_get_value_int64', 'napi_add_env_cleanup_hook', 'napi_get_all_property_names']) {
    expect(source).toContain(`void *__imp_${name};`);
    expect(source).toContain(`{"${name}", &__imp_${name}},`);
  }
  expect(source).toContain('GetModuleHandleA(NULL)');
});
