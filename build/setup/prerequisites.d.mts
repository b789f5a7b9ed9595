/** Types of what TypeScript takes from `prerequisites.mjs`, which itself must run before there is a compiler. */

/** How to get something on this system: one sentence. */
export function way(what: 'python' | 'compiler' | 'git'): string;
/** How Python is called here, as command and first arguments; null where there is none with the modules asked for. */
export function findPython(modules?: string[]): [string, ...string[]] | null;
