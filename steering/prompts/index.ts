/** The built-in prompt sets: what steering is calibrated, tuned and tested with. See README.md in this folder. */
export { buildCalibrationSet, soundsDangerous } from './build.ts';
export type { CalibrationRequest, CalibrationSet } from './build.ts';
export { loadPromptSets, promptSetHashes } from './load.ts';
export type { PromptSets } from './load.ts';
export type { Prompt, SystemPrompt, Turn, Wrapper } from './records.ts';
export { HELD_OUT_FAMILIES, splitOf } from './split.ts';
export type { Split } from './split.ts';
export { applyWrapper } from './wrap.ts';
export type { Wrapped } from './wrap.ts';
