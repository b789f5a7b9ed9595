/** Imported before anything that builds a schema: zod then never tries to compile code, which the page's policy forbids. */
import { config } from 'zod';

config({ jitless: true });
