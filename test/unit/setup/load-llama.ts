/** Loads llama.cpp as the engine does and prints which GPU it uses (`false` for none). A file, because node-llama-cpp tests its binaries in a fork. */
import { getLlama } from 'node-llama-cpp';

const llama = await getLlama({ gpu: 'auto', build: 'never', progressLogs: false });
process.stdout.write(String(llama.gpu));
await llama.dispose();
process.exit(0);
