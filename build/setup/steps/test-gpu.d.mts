/** Types of what TypeScript takes from `test-gpu.mjs`, which itself must run before there is a compiler. */

/** Where llama.cpp's Vulkan libraries for the tests are. */
export const TEST_GPU_LIBRARY: string;
/** Why the tests of the GPU path cannot run here, or null. */
export function whyNoTestGpu(): string | null;
