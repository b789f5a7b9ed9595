/** Everything the page and the app agree on. The page imports from here and from nowhere else in `electron/`. */
export * from './admin.ts';
export * from './calibration.ts';
export * from './context.ts';
export * from './conversation.ts';
export * from './emitter.ts';
export * from './errors.ts';
export * from './evaluation.ts';
export * from './model.ts';
export * from './order.ts';
export * from './page.ts';
export * from './profiles.ts';
export * from './prompt-files.ts';
export * from './protect.ts';
export * from './protection-words.ts';
export * from './refusals.ts';
export * from './rpc.ts';
export * from './transfer.ts';
