/** The profile library as the page sees it: a model's own profiles with their history, and those that ship. */
import { z } from 'zod';
import { timestamp } from './conversation.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

/** The largest profile that is imported through the page, in bytes before base64. */
export const MAX_IMPORT_BYTES = 5 * 1024 * 1024;

/** A profile's id is the SHA-256 of its contents; the same profile is the same entry wherever it came from. */
export const profileEntry = z.object({
  id: sha256,
  name: z.string(),
  /** `shipped` ones come with the app and are read-only. */
  source: z.enum(['own', 'shipped']),
  modelSha256: sha256,
  modelName: z.string(),
  createdAt: timestamp,
  /** When it was applied last; null: never, or not recorded. */
  appliedAt: timestamp.nullable(),
  /** The one that its model is protected by. */
  current: z.boolean(),
  /** Whether its model is the one that is loaded. */
  modelLoaded: z.boolean(),
  strength: z.number(),
  layers: z.array(z.number().int()),
  bytes: count,
});
export type ProfileEntry = z.infer<typeof profileEntry>;

/** A file of the library that cannot be read, and why. */
export const damagedProfile = z.object({ fileName: z.string(), modelSha256: sha256.nullable(), message: z.string() });

const scoreSummary = z.object({ count, mean: z.number(), std: z.number(), levels: z.array(z.number()), values: z.array(z.number()) });

export const profileDetails = z.object({
  entry: profileEntry,
  formatVersion: z.object({ major: count, minor: count }),
  appVersion: z.string(),
  architecture: z.string(),
  embeddingLength: count,
  layerCount: count,
  chatTemplateSha256: sha256,
  method: z.record(z.string(), z.unknown()),
  layers: z.array(
    z.object({
      layer: z.number().int(),
      read: z
        .object({
          probe: count,
          rho: z.number().nullable(),
          tau: z.number(),
          scale: z.number(),
          benign: scoreSummary,
          harmful: scoreSummary,
        })
        .nullable(),
      write: z.object({ lambda: z.number(), rNorm: z.number() }).nullable(),
    }),
  ),
  promptSets: z.array(z.object({ name: z.string(), role: z.string(), sha256, count })),
  validation: z.array(z.object({ set: z.string(), n: count, arms: z.record(z.string(), z.unknown()) })),
  notes: z.string(),
});
export type ProfileDetails = z.infer<typeof profileDetails>;

/** Two profiles side by side. Cosines are of the same layer's vectors; null where one has none or their models differ. */
export const profileComparison = z.object({
  a: profileDetails,
  b: profileDetails,
  sameModel: z.boolean(),
  layers: z.array(z.object({ layer: z.number().int(), readCosine: z.number().nullable(), writeCosine: z.number().nullable() })),
  /** Settings that differ, by name. */
  differences: z.array(z.object({ name: z.string(), a: z.string(), b: z.string() })),
});
export type ProfileComparison = z.infer<typeof profileComparison>;

export const profileList = z.object({ profiles: z.array(profileEntry), damaged: z.array(damagedProfile) });
export type ProfileList = z.infer<typeof profileList>;

const profileId = z.object({ id: sha256 }).strict();

export const profileRequests = {
  /** By model, then the newest first. */
  'profiles.list': { input: nothing, output: profileList },
  'profiles.show': { input: profileId, output: profileDetails },
  'profiles.compare': { input: z.object({ a: sha256, b: sha256 }).strict(), output: profileComparison },
  /** Makes it its model's current profile; where that model is loaded, replies are steered by it from now on. */
  'profiles.apply': { input: profileId, output: profileEntry },
  /** Goes back to what was applied before the model's current profile. @throws `conflict` where there is nothing to go back to. */
  'profiles.rollback': { input: z.object({ modelSha256: sha256 }).strict(), output: profileEntry },
  /** The safetensors file. */
  'profiles.export': { input: profileId, output: z.object({ fileName: z.string(), base64: z.string() }) },
  /**
   * Adds a profile file to the library without applying it.
   * @throws `profile-damaged`, `profile-version`, `profile-mismatch` when it is for a model that the app does not know.
   */
  'profiles.import': {
    input: z.object({ fileName: z.string().max(255), base64: z.string().max(Math.ceil(MAX_IMPORT_BYTES / 3) * 4) }).strict(),
    output: profileEntry,
  },
  /** @throws `conflict` for the current profile and for shipped ones. */
  'profiles.delete': { input: profileId, output: nothing },
} as const satisfies Contract['requests'];

export const profileEvents = {
  'profiles.changed': nothing,
} as const satisfies Contract['events'];
