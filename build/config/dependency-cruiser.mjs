/** Dependencies point one way: renderer → electron/contract ← app → use cases → engine, store, steering, models. */

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid('no-cycles', 'A cycle means that two modules are one, or that one knows too much.', {}, { circular: true }),
    forbid(
      'page-sees-contract-only',
      'The page knows the contract and nothing else of the app.',
      { path: '^renderer/' },
      { path: '^(electron|steering|models|build|test)/', pathNot: '^electron/contract/' },
    ),
    forbid('page-has-no-node', 'The page runs in a browser.', { path: '^renderer/' }, { dependencyTypes: ['core'] }),
    forbid('nobody-imports-page', 'The page is loaded, never imported.', { path: '^(electron|steering|models)/' }, { path: '^renderer/' }),
    forbid(
      'contract-stands-alone',
      'Both sides of the border depend on the contract; it depends on neither.',
      { path: '^electron/contract/' },
      { path: '^(electron|steering|models|renderer|build)/', pathNot: '^electron/contract/' },
    ),
    forbid(
      'contract-has-no-node',
      'The contract is bundled into the page.',
      { path: '^electron/contract/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'steering-knows-no-app',
      'The steering library works without the app.',
      { path: '^steering/' },
      { path: '^(electron|models|renderer|build|test)/' },
    ),
    forbid(
      'models-know-no-app',
      'The model library works without the app.',
      { path: '^models/' },
      { path: '^(electron|steering|renderer|build|test)/' },
    ),
    forbid(
      'low-level-knows-no-use-case',
      'The engine and the store serve the use cases; they do not know them.',
      { path: '^electron/(engine|store)/' },
      { path: '^electron/', pathNot: '^electron/(engine|store|contract)/' },
    ),
    forbid(
      'engine-and-store-apart',
      'The engine is a process of its own and has no database.',
      { path: '^electron/engine/' },
      { path: '^electron/store/' },
    ),
    forbid('store-and-engine-apart', 'The store works without an engine.', { path: '^electron/store/' }, { path: '^electron/engine/' }),
    forbid(
      'jobs-know-no-job',
      'What all long jobs share knows none of them.',
      { path: '^electron/jobs/' },
      { path: '^electron/(calibration|evaluation|chat|refusals|profiles|models)/' },
    ),
    forbid(
      'use-cases-know-no-entry',
      'Entries start from the app; nothing starts from an entry.',
      { path: '^electron/[^/]+/', pathNot: '^electron/(shell|cli)/' },
      { path: '^electron/(main|preload|serve|cli|app|services|handlers)\\.ts$' },
    ),
    forbid(
      'electron-only-in-shell',
      'Without its binary, importing electron throws; nothing but the shell may.',
      { path: '^(electron|steering|models|renderer)/', pathNot: '^electron/(shell/|main\\.ts$|preload\\.ts$)' },
      { path: '(^|node_modules/)electron(/|$)', dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'tests-are-not-shipped',
      'Shipped code does not depend on tests.',
      { path: '^(electron|steering|models|renderer)/' },
      { path: '^test/' },
    ),
    forbid(
      'no-undeclared-packages',
      'What is imported is in package.json.',
      { path: '^(electron|steering|models|renderer)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'app-has-no-dev-packages',
      'What the app imports is shipped with it.',
      { path: '^(electron|steering|models)/', pathNot: '^electron/(shell/|main\\.ts$|preload\\.ts$)' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    ),
    forbid(
      'resolvable',
      'Every import leads somewhere.',
      { path: '^(electron|steering|models|renderer|build|test)/' },
      { couldNotResolve: true, pathNot: '^(electron$|virtual:)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules/\\.|dist/|\\.cache/)' },
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.svelte', '.json'],
      conditionNames: ['svelte', 'import', 'node', 'default'],
    },
  },
};
