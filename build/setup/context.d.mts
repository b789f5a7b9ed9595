/** Types of what TypeScript takes from `context.mjs`, which itself must run before there is a compiler. */

/** The repository. */
export const ROOT: string;
/** What can be shared by several checkouts. */
export const USER_CACHE: string;
