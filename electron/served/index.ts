/** Steady for a browser on this machine. */
export { runServe, serve, type RunningServe, type RunOptions, type ServedApp, type ServeOptions } from './serve.ts';
export { startServer, type ServedServer, type ServerOptions } from './server.ts';
