/** Which of the prompts that come with Steady a prompt is like. */
import { z } from 'zod';
import type { Contract } from './rpc.ts';

/** Of a longer text the first so many UTF-16 units are compared. */
export const MAX_COMPARED_LENGTH = 4000;

/** `likeness` is 0 for nothing in common and 1 for the same words. */
const nearest = z.array(z.object({ text: z.string(), likeness: z.number().min(0).max(1) })).max(5);

/** The likest first; empty where nothing is like it. */
export const nearestPrompts = z.object({ harmless: nearest, harmful: nearest });
export type NearestPrompts = z.infer<typeof nearestPrompts>;

/** Open to everyone: what comes with the app is no secret. */
export const nearestRequests = {
  'prompts.nearest': { input: z.object({ text: z.string().max(MAX_COMPARED_LENGTH) }).strict(), output: nearestPrompts },
} as const satisfies Contract['requests'];
