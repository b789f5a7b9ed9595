/** Runs set-up steps in order, each only where it is needed, one process at a time. */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, STATE_DIR } from './context.mjs';
import { createReporter } from './report.mjs';
import { app, page } from './steps/bundles.mjs';
import { chromium } from './steps/chromium.mjs';
import { dependencies } from './steps/dependencies.mjs';
import { gpu } from './steps/gpu.mjs';
import { model } from './steps/model.mjs';
import { native } from './steps/native.mjs';
import { numpy } from './steps/numpy.mjs';
import { testGpu } from './steps/test-gpu.mjs';

/** How often a set-up says that it is still at work, and after how long without a word it counts as gone. */
const TOUCH_MS = 30_000;
const STALE_MS = 10 * 60_000;

/** Every step by name. Callers list those they need, in order. */
export const STEPS = {
  dependencies,
  gpu,
  native,
  page,
  app,
  model: model(null, 'the language model'),
  // For opening the app, which does without as well. Tests and measurements do not.
  firstModel: {
    ...model(null, 'the language model'),
    onFailure: () => 'Steady starts without it; the page offers others, and files of your own.',
  },
  testModel: model('smollm2-135m-instruct', 'the small model for the tests'),
  numpy,
  testGpu,
  chromium,
};

/**
 * Brings this machine to where the steps say it should be. Does nothing, in milliseconds, where it is there already.
 * @param {(keyof typeof STEPS)[]} names
 * @throws SetupError what a person must do first.
 */
export async function setUp(names, reporter = createReporter()) {
  const steps = names.map((name) => STEPS[name]);
  // Looked at in order: before the dependencies are there, later steps cannot tell.
  if (steps.every((step) => step.isDone())) return;
  const release = await takeTurn(reporter);
  const onSignal = () => {
    reporter.fail();
    release();
    process.exit(130);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    for (const step of steps) {
      if (step.isDone()) continue;
      reporter.begin(step.title);
      try {
        reporter.done(await step.run({ reporter }));
      } catch (error) {
        reporter.fail();
        if (!(error instanceof SetupError) || !step.onFailure) throw error;
        reporter.note(`${error.message} ${step.onFailure()}`);
      }
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    release();
  }
}

/** Whether the lock is this process's own. */
let held = false;

/** Two set-ups in one checkout would undo each other's work; the second waits. */
async function takeTurn(reporter) {
  const lock = join(STATE_DIR, 'lock');
  mkdirSync(STATE_DIR, { recursive: true });
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      held = true;
      const timer = setInterval(() => touch(lock), TOUCH_MS).unref();
      return () => {
        held = false;
        clearInterval(timer);
        rmSync(lock, { force: true });
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!ownerLives(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) reporter.note(`Another set-up is at work in this folder; waiting for it. (${lock})`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function ownerLives(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Just made and not written yet.
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - statSync(lock).mtimeMs < 2000;
    // In a container that was started again its number may be ours, after a reboot anybody's.
    if (pid === process.pid) return held;
    if (Date.now() - statSync(lock).mtimeMs > STALE_MS) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Says that the owner is still at work. */
function touch(lock) {
  try {
    const now = new Date();
    utimesSync(lock, now, now);
  } catch {
    // Taken away; then there is nothing to say.
  }
}

/** Runs a script's main function: a SetupError becomes its sentence and exit code 1. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n${error.hint ? `${error.hint}\n` : ''}`);
    process.exitCode = 1;
  }
}
