/** Types of what TypeScript takes from `gpu.mjs`, which itself must run before there is a compiler. */

/** Of node-llama-cpp, and of its packages of libraries. */
export const VERSION: string;
