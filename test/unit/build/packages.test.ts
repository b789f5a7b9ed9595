/** What packages are configured to hold. The packages themselves: test/package. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { builderConfig, enginePackages, signing } from '../../../build/electron-builder.ts';
import { addonFolder } from '../../../build/native.ts';
import { TARGETS } from '../../../build/native/targets.ts';
import { packageApp } from '../../../build/package.ts';

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) mkdirSync(join(folder, name, 'bins'), { recursive: true });
  return folder;
}

describe.each(Object.entries(TARGETS))('a package for %s', (name, target) => {
  test("takes this system's database and addon, and the engine libraries it is given", () => {
    const engineName = { linux: 'linux', darwin: 'mac', win32: 'win' }[target.platform as 'linux'];
    const engine = folderWith(`${engineName}-${target.arch}`, `${engineName}-${target.arch}-vulkan`, 'freebsd-x64');
    expect(enginePackages(target, engine).wanted).toEqual([`${engineName}-${target.arch}`, `${engineName}-${target.arch}-vulkan`]);
    const files = builderConfig(target, { engine }).files as (string | { from: string; to: string })[];
    expect(files).toContain(`!**/node_modules/better-sqlite3/prebuilds/!(${name}.node)`);
    const sets = files.filter((entry) => typeof entry !== 'string');
    expect(sets).toContainEqual(expect.objectContaining({ from: addonFolder({ portable: true }, target), to: addonFolder({}, target) }));
    expect(sets).toContainEqual(expect.objectContaining({ to: `node_modules/@node-llama-cpp/${engineName}-${target.arch}` }));
    expect(JSON.stringify(sets)).not.toContain('freebsd');
    const own = enginePackages(target);
    for (const foreign of own.foreign) expect(files).toContain(`!**/node_modules/@node-llama-cpp/${foreign}{,/**}`);
  });
});

test('each system gets its own kinds of installers', () => {
  const config = builderConfig(TARGETS['linux-x64']!);
  expect(config.linux).toMatchObject({ target: ['AppImage', 'deb', 'rpm'] });
  expect(config.win).toMatchObject({ target: ['nsis', 'portable', 'zip'] });
  expect(config.mac).toMatchObject({ target: ['dmg', 'zip'], hardenedRuntime: true });
  // Two of them end in .exe.
  expect(new Set([config.artifactName, config.nsis?.artifactName, config.portable?.artifactName]).size).toBe(3);
});

test('nothing is signed or sent to Apple without credentials, and nothing is sent that is not signed', () => {
  const apple = { APPLE_API_KEY: 'k', APPLE_API_KEY_ID: 'i', APPLE_API_ISSUER: 's' };
  expect(signing({})).toEqual({ identity: null, notarize: false });
  expect(signing({ CSC_LINK: '' })).toEqual({ identity: null, notarize: false });
  expect(signing({ CSC_LINK: 'c' })).toEqual({ notarize: false });
  expect(signing({ CSC_LINK: 'c', ...apple })).toEqual({ notarize: true });
  expect(signing(apple)).toEqual({ identity: null, notarize: false });
  expect(signing({ CSC_LINK: 'c', ...apple, APPLE_API_ISSUER: undefined })).toEqual({ notarize: false });
});

test('what cannot be packaged here is refused before anything is made', async () => {
  await expect(packageApp({ target: 'plan9-x64' })).rejects.toThrow('There are no packages for "plan9-x64"');
});
