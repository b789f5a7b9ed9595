/** Loaded before everything else (`--import`): llama.cpp's Vulkan libraries are taken from where the tests keep them. */
import { registerHooks } from 'node:module';

const url = process.env.STEADY_TEST_GPU_LIBRARY_URL;
registerHooks({
  resolve: (specifier, context, next) =>
    url && specifier === '@node-llama-cpp/linux-x64-vulkan' ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
});
