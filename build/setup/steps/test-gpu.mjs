/**
 * A GPU device for the tests of the GPU path, also where there is no GPU: Vulkan on Mesa's software driver. Its llama.cpp
 * libraries go to a cache and not among the dependencies, so that the app goes on as it would without.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, USER_CACHE } from '../context.mjs';
import { answers, run } from '../exec.mjs';
import { readStamp, writeStamp } from '../stamp.mjs';
import { install, VERSION } from './gpu.mjs';

const STAMP = 'test-gpu';
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
const VARIANT = 'linux-x64-vulkan';
const DRIVERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const PACKAGES = ['mesa-vulkan-drivers', 'libvulkan1'];

/** Where the libraries are; tests find them by the same rule. */
export const TEST_GPU_LIBRARY = join(USER_CACHE, 'gpu', `${VARIANT}-${VERSION}`);

const hasDriver = () => DRIVERS.some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')));
const hasLibrary = () => existsSync(join(TEST_GPU_LIBRARY, 'bins'));

/** Why the tests of the GPU path cannot run here, or null. */
export function whyNoTestGpu() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Vulkan libraries of llama.cpp are fetched on Linux x64 alone';
  if (!hasDriver()) return `there is no Vulkan driver (Debian: sudo apt-get install ${PACKAGES.join(' ')})`;
  if (!hasLibrary()) return `llama.cpp's Vulkan libraries are not in ${TEST_GPU_LIBRARY} (\`npm test\` fetches them)`;
  return null;
}

export const testGpu = {
  title: 'Making a Vulkan device ready for the tests',
  isDone() {
    if (process.platform !== 'linux' || process.arch !== 'x64' || whyNoTestGpu() === null) return true;
    const failed = Number(readStamp(STAMP)?.match(/^failed (\d+)$/)?.[1] ?? 0);
    return Date.now() - failed < RETRY_AFTER_MS;
  },
  async run({ reporter }) {
    if (!hasDriver()) {
      if (process.getuid?.() !== 0 || !answers('apt-get')) {
        throw new SetupError('There is no Vulkan driver.', `Debian: sudo apt-get install ${PACKAGES.join(' ')}.`);
      }
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      const failure = "Mesa's Vulkan driver could not be installed with apt-get.";
      reporter.update('apt-get update');
      await run('apt-get', ['update', '-q'], { env, failure });
      reporter.update(`apt-get install ${PACKAGES.join(' ')}`);
      await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...PACKAGES], { env, failure });
    }
    if (!hasLibrary()) {
      reporter.update("llama.cpp's Vulkan libraries, 24 MB");
      await install(VARIANT, TEST_GPU_LIBRARY);
    }
  },
  /** Everything else can be tested without. */
  onFailure() {
    writeStamp(STAMP, `failed ${Date.now()}`);
    return 'The tests of the GPU path are left out; this is tried again tomorrow.';
  },
};
