/** Imported before anything that builds a schema: zod then never probes for `eval`, which the page's policy forbids and reports. */
import { config } from 'zod';

config({ jitless: true });
