/** A GPU device for tests: the one that STEADY_TEST_GPU names (`cuda` or `vulkan`), by default Vulkan on whatever driver is there. */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TEST_GPU_LIBRARY, whyNoTestGpu } from '../../../build/setup/steps/test-gpu.mjs';

export const DEVICE = process.env['STEADY_TEST_GPU'] === 'cuda' ? 'cuda' : 'vulkan';
const PACKAGE = `@node-llama-cpp/linux-x64-${DEVICE}`;
const installed = existsSync(join(import.meta.dirname, '..', '..', '..', 'node_modules', PACKAGE, 'bins'));

/** Why these tests cannot run here, or null. */
export const WHY_NOT = DEVICE === 'cuda' ? (installed ? null : `${PACKAGE} is not installed`) : whyNoTestGpu();

/** Makes llama.cpp take the device. Call it before the library is loaded. */
export function takeDevice(): void {
  if (DEVICE !== 'vulkan') return;
  // ggml leaves out devices that are processors unless they are named. Their 16-bit arithmetic is emulated, and slow.
  process.env['GGML_VK_VISIBLE_DEVICES'] ??= '0';
  process.env['GGML_VK_DISABLE_F16'] ??= '1';
  if (installed) return;
  const url = pathToFileURL(join(TEST_GPU_LIBRARY, 'dist', 'index.js')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === PACKAGE ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
  });
}
