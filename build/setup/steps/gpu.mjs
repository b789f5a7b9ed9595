/**
 * Fetches the prebuilt llama.cpp libraries for the GPU of this machine, where it has one. npm installs stand-ins for
 * them (build/stubs/gpu-variant), because they are hundreds of megabytes that most machines have no use for.
 * STEADY_GPU=off|cuda|vulkan overrides what is found.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ROOT, SetupError } from '../context.mjs';
import { npmCommand, run } from '../exec.mjs';
import { readStamp, writeStamp } from '../stamp.mjs';

const STAMP = 'gpu';
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
const SCOPE = join(ROOT, 'node_modules', '@node-llama-cpp');

/** Must be node-llama-cpp's own version. A set-up test holds it to the lockfile. */
export const VERSION = '3.22.1';
/** Subresource-integrity hashes of the packages' archives. */
export const PINS = {
  'linux-x64-cuda': 'sha512-8rQCjyNNLZJUFit+YpjwlC4hwkKgOMIkB2wuycKBf8NU2O3ySKbiWZQ8aw9ku2nUTXjSnUIrE6KB88itduTBuA==',
  'linux-x64-cuda-ext': 'sha512-4e5ajkiM2aR2WAdB/N/ACk4weEhHvOAIrzxZPsIX0xDFW5+6hhShuy1/vs88SK9NGdgAco9IyE28eYS0H1efpA==',
  'linux-x64-vulkan': 'sha512-bBxqU+JOcBu1nb5Qj2zcMci+JByT1E8EajHvYodyNfVIPkEhXh+/HMwR1/BT7xP08YK0hks+kM8fglER0P8JEg==',
};
const VARIANTS = { cuda: ['linux-x64-cuda', 'linux-x64-cuda-ext'], vulkan: ['linux-x64-vulkan'] };

const VULKAN_LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib64/libvulkan.so.1', '/usr/lib/libvulkan.so.1'];

/**
 * Which libraries this machine wants, and the reason, for a person.
 * @param {(path: string) => boolean} [there] whether a path exists.
 * @returns {{ kind: 'cuda' | 'vulkan' | null, reason: string }}
 */
export function detectGpu(env = process.env, there = existsSync, platform = process.platform, arch = process.arch) {
  const wish = env.STEADY_GPU ?? 'auto';
  if (!['auto', 'off', 'cuda', 'vulkan'].includes(wish)) {
    throw new SetupError(`STEADY_GPU is "${wish}".`, 'It can be auto, off, cuda or vulkan.');
  }
  if (wish === 'off') return { kind: null, reason: 'STEADY_GPU is off' };
  if (platform !== 'linux' || arch !== 'x64') return { kind: null, reason: 'the libraries for this system came with the packages' };
  if (wish !== 'auto') return { kind: wish, reason: `STEADY_GPU is ${wish}` };
  if (there('/proc/driver/nvidia/version') || there('/dev/nvidiactl')) return { kind: 'cuda', reason: 'an NVIDIA driver is there' };
  const render = [128, 129, 130].some((number) => there(`/dev/dri/renderD${number}`));
  if (render && VULKAN_LOADERS.some(there)) return { kind: 'vulkan', reason: 'a GPU and the Vulkan loader are there' };
  if (render) return { kind: null, reason: 'there is a GPU but no Vulkan loader (Debian/Ubuntu: sudo apt-get install libvulkan1)' };
  return { kind: null, reason: 'no GPU was found' };
}

const isStub = (variant) => {
  const path = join(SCOPE, variant);
  return !existsSync(join(path, 'bins')) || lstatSync(path).isSymbolicLink();
};

export const gpu = {
  title: 'Fetching the GPU libraries',
  isDone() {
    const { kind, reason } = detectGpu();
    const stamp = readStamp(STAMP);
    if (kind === null) return stamp === `none ${reason}`;
    if (stamp?.startsWith(`failed ${VERSION} `)) return Date.now() - Number(stamp.split(' ')[2]) < RETRY_AFTER_MS;
    return stamp === VERSION && VARIANTS[kind].every((variant) => !isStub(variant));
  },
  async run({ reporter }) {
    const { kind, reason } = detectGpu();
    if (kind === null) {
      writeStamp(STAMP, `none ${reason}`);
      return `No GPU libraries are needed: ${reason}`;
    }
    for (const variant of VARIANTS[kind]) {
      reporter.update(`${variant}, because ${reason}`);
      if (isStub(variant) || readStamp(STAMP) !== VERSION) await install(variant);
    }
    writeStamp(STAMP, VERSION);
    return `The GPU libraries are in place (${kind}): ${reason}`;
  },
  /** The CPU serves as well, only slower, so a failure never keeps Steady from starting. */
  onFailure() {
    writeStamp(STAMP, `failed ${VERSION} ${Date.now()}`);
    return 'Steady runs on the CPU; fetching them is tried again tomorrow.';
  },
};

/**
 * Fetches a package and puts it at `target`, checked against its pin.
 * @param {keyof typeof PINS} variant
 */
export async function install(variant, target = join(SCOPE, variant)) {
  // Beside its place, so that it can be moved there whole.
  const work = `${target}.${process.pid}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const [command, ...first] = npmCommand();
    await run(command, [...first, 'pack', '--silent', `@node-llama-cpp/${variant}@${VERSION}`, '--pack-destination', work], {
      cwd: work,
      failure: `The package @node-llama-cpp/${variant} could not be downloaded.`,
    });
    const archive = join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '');
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== PINS[variant])
      throw new SetupError(`@node-llama-cpp/${variant} is not the package that was pinned, so it is not used.`);
    await run('tar', ['-xzf', archive, '-C', work], { failure: `@node-llama-cpp/${variant} could not be unpacked.` });
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'package'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
