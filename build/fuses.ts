/**
 * Electron's fuses: switches inside the packaged executable that nobody can turn back without breaking its signature.
 * Every one is spelled out, so an Electron that brings a new one fails the packaging until somebody has decided on it.
 */
import { FuseV1Options, FuseVersion, type FuseV1Config } from '@electron/fuses';

export const FUSES: Required<Omit<FuseV1Config & { strictlyRequireAllFuses: true }, 'resetAdHocDarwinSignature'>> = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  // The executable never acts as plain Node, so a script cannot borrow its signature or its permissions.
  [FuseV1Options.RunAsNode]: false,
  // NODE_OPTIONS and NODE_EXTRA_CA_CERTS are not read.
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  // --inspect and SIGUSR1 open no debugger.
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  // Cookies on disk are encrypted with the system's key store. Steady sets none; a later one is covered.
  [FuseV1Options.EnableCookieEncryption]: true,
  // Code is loaded from app.asar only, and that file is checked against the hash in the executable. Electron checks it
  // on macOS and Windows; on Linux the fuse is set and has no effect yet.
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  // One V8 snapshot for all processes: Steady ships none of its own.
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  // file:// pages, which Steady never opens, get no more rights than in a browser.
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  // Out-of-bounds accesses of WebAssembly are caught by the processor instead of by checks in code. The default; no risk.
  [FuseV1Options.WasmTrapHandlers]: true,
};
