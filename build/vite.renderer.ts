/** How the page is built: plain files for `/` on loopback or for the app's own protocol, fit for a CSP without inline script, style or eval. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const root = fileURLToPath(new URL('../renderer', import.meta.url));
const outDir = fileURLToPath(new URL('../dist/renderer', import.meta.url));

/** Browsers that know `light-dark()` and all else the page's CSS uses; Electron is far ahead of these. */
const BROWSERS = ['chrome125', 'firefox128', 'safari18'];

const sveltePlugin = () => svelte({ configFile: false, compilerOptions: { runes: true } });

/**
 * What the page's unit tests (test/unit/renderer) need from vitest, as one project of its configuration:
 * Svelte's compiler, its browser build, and a DOM.
 */
export const rendererTestProject = {
  plugins: [sveltePlugin()],
  resolve: { conditions: ['browser'] },
  test: { name: 'renderer', include: ['test/unit/renderer/**/*.test.ts'], environment: 'jsdom' as const, testTimeout: 60_000 },
};

/** KaTeX names every font in three formats; each browser above reads the smallest, so only that one is shipped. */
const onlyWoff2: Plugin = {
  name: 'steady:only-woff2',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('katex.min.css')) return null;
    return { code: code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, ''), map: null };
  },
};

const config: UserConfig = {
  root,
  base: './',
  // The tool's own cache stays inside node_modules, wherever the command was started.
  cacheDir: fileURLToPath(new URL('../node_modules/.vite/renderer', import.meta.url)),
  plugins: [sveltePlugin(), onlyWoff2],
  build: {
    outDir,
    emptyOutDir: true,
    target: BROWSERS,
    cssTarget: BROWSERS,
    // Nothing becomes a data: URL: the policy allows fonts and scripts from the page's own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
};

export default defineConfig(config);
