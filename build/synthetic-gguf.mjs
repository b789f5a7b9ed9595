/**
 * `node build/synthetic-gguf.mjs --shape llama-8b --out FILE.gguf`: a model file of a real model's shape whose weights are
 * random. It says nothing sensible; it is there to measure speed on machines that cannot download the real one.
 */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main } from './setup/index.mjs';

await main(() => runInForeground(currentNode(), [join(ROOT, 'test', 'synthetic-gguf', 'main.ts'), ...process.argv.slice(2)]));
