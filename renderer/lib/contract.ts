/** The page's one door to the contract; nothing else of the app may be imported here. */
export * from '../../electron/contract/index.ts';
