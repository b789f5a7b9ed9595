/** Lint rules. Format is prettier's business; what depends on what is dependency-cruiser's, but for what is quicker said here. */
import { join } from 'node:path';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

const ROOT = join(import.meta.dirname, '..', '..');

/** Nothing but the Electron shell may load `electron`: without its binary, importing it throws. */
const noElectron = { name: 'electron', message: "Only electron/main.ts, electron/preload.ts and electron/shell/ may import 'electron'." };
const noAssert = { name: 'assert', message: 'Use node:assert, or expect() in tests.' };

const bugs = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-template-curly-in-string': 'error',
  'no-self-compare': 'error',
  'no-restricted-imports': ['error', { paths: [noElectron, noAssert] }],
};

const typescript = {
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
  '@typescript-eslint/no-explicit-any': 'error',
};

/** Rules that need types: a promise that nobody waits for loses its error. */
const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.cache', 'test-results', 'playwright-report', 'steering/native/build'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, rules: bugs },
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    rules: { ...typescript, ...typed },
  },
  {
    files: ['electron/main.ts', 'electron/preload.ts', 'electron/shell/**'],
    rules: { 'no-restricted-imports': ['error', { paths: [noAssert] }] },
  },
  ...svelte.configs.recommended.map((config) => ({
    ...config,
    files: config.files ?? ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
  })),
  {
    files: ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteFeatures: { runes: true } } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      ...typescript,
      // Props are declared with `let`, by Svelte's own convention for $props().
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props'] }],
      // A plain Map or Set that no template reads is right where nothing should react to it.
      'svelte/prefer-svelte-reactivity': 'off',
      // Answers to warnings of svelte-check, which eslint does not see.
      'svelte/no-unused-svelte-ignore': 'off',
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  {
    files: ['renderer/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'The page has no Node.' },
        { name: 'Buffer', message: 'The page has no Node.' },
      ],
      'no-restricted-imports': ['error', { paths: [noElectron], patterns: [{ group: ['node:*'], message: 'The page has no Node.' }] }],
    },
  },
  { files: ['renderer/**/*.ts'], ignores: ['renderer/**/*.svelte.ts'], languageOptions: { parserOptions: { projectService: true } } },
);
