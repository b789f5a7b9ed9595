/** What both shells need to hand out the built page. */
export type { AppConnection, EventListener, PageConnection } from './connection.ts';
export { openPageFiles, type PageFile, type PageFiles } from './files.ts';
export { contentSecurityPolicy, securityHeaders } from './headers.ts';
export { pageDir } from './location.ts';
