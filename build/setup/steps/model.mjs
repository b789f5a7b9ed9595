/** Fetches a model file and checks it against its pinned hash. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { currentNode, ROOT } from '../context.mjs';
import { run } from '../exec.mjs';
import { findPython, way } from '../prerequisites.mjs';
import { formatBytes } from '../report.mjs';
import { hashInputs, readStamp, writeStamp } from '../stamp.mjs';

/** A file that was verified once is good for as long as its size and modification time stay. */
function stampHolds(stamp, key) {
  try {
    const known = JSON.parse(stamp);
    const found = statSync(known.path);
    return known.key === key && found.size === known.size && found.mtimeMs === known.mtimeMs;
  } catch {
    return false;
  }
}

/**
 * @param {string | null} id a catalogue id; null means the default model.
 * @param {string} label how a person knows it.
 */
export function model(id, label) {
  const name = `model-${id ?? 'default'}`;
  const key = () => hashInputs(['models/catalogue.ts'], process.env.STEADY_HOME ?? '', process.env.STEADY_MODELS ?? '');
  return {
    title: `Fetching ${label}`,
    isDone: () => stampHolds(readStamp(name) ?? '', key()),
    async run({ reporter }) {
      let ready;
      await run(currentNode(), [join(ROOT, 'build', 'setup', 'fetch-model.ts'), ...(id ? [id] : [])], {
        hint: findPython() ? '' : `Where the model hub cannot be reached, Python 3 with pip is needed. ${way('python')}`,
        failure: `${label[0].toUpperCase()}${label.slice(1)} could not be fetched.`,
        onLine(line) {
          const event = JSON.parse(line);
          if (event.path) ready = event;
          else reporter.update(describe(event));
        },
      });
      const found = statSync(ready.path);
      writeStamp(name, JSON.stringify({ key: key(), path: ready.path, size: found.size, mtimeMs: found.mtimeMs }));
      reporter.update(ready.path);
    },
  };
}

function describe({ phase, receivedBytes, totalBytes, bytesPerSecond, source }) {
  const share = `${Math.floor((100 * receivedBytes) / totalBytes)} %`;
  if (phase === 'waiting') return `another Steady is fetching it, ${share}`;
  if (phase === 'verifying') return `checking it, ${share}`;
  const speed = bytesPerSecond ? `, ${formatBytes(bytesPerSecond)}/s` : '';
  const left = bytesPerSecond > 0 ? `, ${Math.ceil((totalBytes - receivedBytes) / bytesPerSecond)} s left` : '';
  return `${share} of ${formatBytes(totalBytes)}${speed}${left}${source ? `, from the ${source}` : ''}`;
}
