/**
 * Entry of the engine under Electron. Before it loads a prebuilt library on Linux, node-llama-cpp tries it out in a
 * process of its own, which it starts with Node's `fork`. In a packaged app that would start a second app, because the
 * executable may not run as Node (a fuse). The trial is left out instead: this very process is the supervised one that
 * may die, and a library that fails to load raises an error as usual.
 */
import { registerHooks } from 'node:module';

const TRIAL = /\/node-llama-cpp\/dist\/bindings\/utils\/testBindingBinary\.js$/;

registerHooks({
  load: (url, context, nextLoad) =>
    TRIAL.test(url)
      ? { format: 'module', source: 'export async function testBindingBinary() { return true; }', shortCircuit: true }
      : nextLoad(url, context),
});

await import('../engine/worker.ts');
