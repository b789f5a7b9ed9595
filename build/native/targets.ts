/** The machines that packages are made for, and what Zig's compiler is told to build the steering addon for them. */

/** As `process.platform` and `process.arch`. */
export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
}

export interface Target extends Machine {
  /** Zig's name, with the oldest system that Node 24 and Electron run on. */
  triple: string;
  /** What every such processor of the last ten years has; llama.cpp brings its own finer variants. */
  cpu?: string;
}

/** By the name that stands in a package of llama.cpp's libraries and in the addon's folder: `PLATFORM-ARCH`. */
export const TARGETS: Readonly<Record<string, Target>> = {
  'linux-x64': { platform: 'linux', arch: 'x64', triple: 'x86_64-linux-gnu.2.28', cpu: 'x86_64_v2' },
  'linux-arm64': { platform: 'linux', arch: 'arm64', triple: 'aarch64-linux-gnu.2.28' },
  'darwin-x64': { platform: 'darwin', arch: 'x64', triple: 'x86_64-macos.13.0', cpu: 'x86_64_v2' },
  'darwin-arm64': { platform: 'darwin', arch: 'arm64', triple: 'aarch64-macos.13.0' },
  'win32-x64': { platform: 'win32', arch: 'x64', triple: 'x86_64-windows-gnu', cpu: 'x86_64_v2' },
  'win32-arm64': { platform: 'win32', arch: 'arm64', triple: 'aarch64-windows-gnu' },
};
