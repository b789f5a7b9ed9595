/** A Python with numpy and safetensors, for tests that check Steady's numbers and files against independent code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { USER_CACHE } from '../context.mjs';
import { answers, run } from '../exec.mjs';
import { requirePython } from '../prerequisites.mjs';
import { readStamp, writeStamp } from '../stamp.mjs';

const STAMP = 'numpy';
const PACKAGES = ['numpy>=1.24,<3', 'safetensors>=0.4,<1'];
const VENV = join(USER_CACHE, 'venv');

/** The Python inside; tests find it by STEADY_TEST_PYTHON. */
export const TEST_PYTHON = join(VENV, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));

export const numpy = {
  title: 'Installing numpy for the tests',
  isDone: () => existsSync(TEST_PYTHON) && readStamp(STAMP) === `${TEST_PYTHON} ${PACKAGES.join(' ')}`,
  async run() {
    if (!answers(TEST_PYTHON, ['-c', 'import numpy, safetensors'])) {
      const [python, ...first] = requirePython(['pip', 'venv', 'ensurepip'], 'for the tests');
      await run(python, [...first, '-m', 'venv', VENV], { failure: `A Python environment could not be made in ${VENV}.` });
      await run(TEST_PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], {
        failure: 'numpy could not be installed.',
        hint: 'Check the network (or the package mirror that pip is set up with), then try again.',
      });
    }
    writeStamp(STAMP, `${TEST_PYTHON} ${PACKAGES.join(' ')}`);
  },
};
