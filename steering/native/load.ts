/** Loads the native addon, refusing one that was built for another version of the engine library. */
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SteeringError } from '../errors.ts';
import { NATIVE_INTERFACE, type NativeAddon } from './binding.ts';

const require = createRequire(import.meta.url);

/** Where the addon lies: beside this file in a source tree, under `native/` beside a bundled entry. */
function addonPath(): string | null {
  const here = dirname(fileURLToPath(import.meta.url));
  const name = join(`${process.platform}-${process.arch}`, 'steady_native.node');
  const candidates = [
    process.env['STEADY_NATIVE'] ?? '',
    join(here, 'build', name),
    join(here, 'native', name),
    join(here, '..', '..', 'steering', 'native', 'build', name),
    // Inside an asar archive native files are unpacked next to it.
    join(here, '..', '..', 'steering', 'native', 'build', name).replace(/app\.asar(?!\.unpacked)/, 'app.asar.unpacked'),
  ];
  return candidates.find((path) => path !== '' && existsSync(path)) ?? null;
}

/** The version of node-llama-cpp that would be loaded. */
export function engineLibraryVersion(): string {
  const entry = fileURLToPath(import.meta.resolve('node-llama-cpp'));
  const manifest = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

let loaded: NativeAddon | undefined;

/**
 * The native addon, loaded once.
 * @throws SteeringError `native-addon-missing` or `native-addon-mismatch`.
 */
export function loadNative(): NativeAddon {
  if (loaded !== undefined) return loaded;
  const path = addonPath();
  if (path === null) {
    throw new SteeringError('native-addon-missing', 'The steering addon has not been built.', { hint: 'Run `node build/native.ts`.' });
  }
  let addon: NativeAddon;
  try {
    addon = require(path) as NativeAddon;
  } catch (cause) {
    throw new SteeringError('native-addon-missing', 'The steering addon could not be loaded.', {
      hint: 'Run `node build/native.ts --force` to build it again.',
      details: { path },
      cause,
    });
  }
  if (addon.interfaceVersion !== NATIVE_INTERFACE) {
    throw new SteeringError('native-addon-mismatch', 'The steering addon belongs to another version of Steady.', {
      hint: 'Run `node build/native.ts` to build it again.',
    });
  }
  const installed = engineLibraryVersion();
  if (addon.builtFor !== installed) {
    throw new SteeringError(
      'native-addon-mismatch',
      `The steering addon was built for node-llama-cpp ${addon.builtFor}, but ${installed} is installed.`,
      {
        hint: 'Run `node build/native.ts --force` to build it again.',
      },
    );
  }
  return (loaded = addon);
}
