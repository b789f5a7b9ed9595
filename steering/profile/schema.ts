/**
 * What a steering profile holds: its metadata (JSON) and, per layer, the vectors (tensors).
 *
 * On disk a profile is one safetensors file. `__metadata__.steady` is the JSON text of `ProfileMetadata`,
 * `__metadata__.sha256` a digest over that text and the tensors (see `codec.ts`). Tensors: `layers.<l>.w`, `layers.<l>.v<i>`
 * `layers.<l>.r`, and `layers.<l>.cw` and `layers.<l>.cv`, all float32 of length d. A layer's `read` says that w is there, its i-th running
 * mean that v<i> is, its `write` that r is, and `confirming` that the two vectors of the second stage are. Two names in the file are older than those in memory, see `codec.ts`.
 */
import { z } from 'zod';
import type { Confirmation, ConfirmingRead, PartialGate, RunningMean } from '../runtime/plan.ts';

/**
 * The newest version this code knows; it reads those before it as well. A new major may change meanings; a new minor only adds what may
 * be ignored. 1.1: `method.ajar`. 2.0: `means`, without which a score would mean something else. 3.0: `confirmation`, without which gates
 * would open that must not. A profile is written in the lowest
 * version that holds it, so that one that uses nothing new keeps its bytes.
 */
export const PROFILE_FORMAT = { major: 3, minor: 0 } as const;
/** The newest minor version of each major one that this code reads. */
export const KNOWN_MINORS: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [2, 0],
  [3, 0],
]);

/** Largest header we read, in bytes. Real ones have some tens of kilobytes. */
export const MAX_HEADER_BYTES = 8 * 1024 * 1024;
/** Largest profile file we read, in bytes (every layer of a 128-layer model with d = 16,384, several times over). */
export const MAX_PROFILE_BYTES = 256 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
const count = z.number().int().nonnegative();

type Shape = Record<string, z.ZodType>;
type ObjectOf = <T extends Shape>(shape: T) => z.ZodObject<T>;

/** Builds the schema; `object` decides what happens to unknown keys (refused, or ignored for a newer minor version). */
function build(object: ObjectOf) {
  const scores = object({
    /** How many scores were summarised. */
    count,
    mean: z.number(),
    std: z.number().nonnegative(),
    /** Probabilities, ascending in 0…1. */
    levels: z.array(z.number().min(0).max(1)).max(1000),
    /** The quantile at each level; never descending. */
    values: z.array(z.number()).max(1000),
  });
  const layer = object({
    /** Block index l ≥ 1: the residual stream that enters block l. */
    layer: z.number().int().min(1),
    read: object({
      /** Share of eigenvectors kept in the null space, 0 < ρ < 1; absent where the null space is graded. */
      rho: z.number().gt(0).lt(1).optional(),
      tau: z.number(),
      scale: z.number().positive(),
      /** Running means of the rows before, in the order of their vectors; absent: none. See steering/runtime/plan.ts. */
      means: z
        .array(object({ halfLife: z.number().positive().max(1e6) }))
        .min(1)
        .max(8)
        .optional(),
      /** `probe` in memory: which probe this layer reads for; absent: 0. See steering/runtime/plan.ts. */
      head: z.number().int().min(0).max(7).optional(),
      /** Scores of benign and of harmful prompts that took no part in the fit. */
      benign: scores,
      harmful: scores,
    }).nullable(),
    /** The second stage of the cascade asks this layer; absent: it does not. See steering/runtime/plan.ts. */
    confirming: z.literal(true).optional(),
    write: object({
      lambda: z.number().nonnegative(),
      /** ‖r_l‖₂ as stored. */
      rNorm: z.number().nonnegative(),
    }).nullable(),
  });
  return object({
    formatVersion: object({ major: count, minor: count }),
    name: z.string().min(1).max(200),
    createdAt: z.iso.datetime(),
    appVersion: z.string().min(1).max(100),
    model: object({
      name: z.string().min(1).max(200),
      sha256,
      architecture: z.string().min(1).max(100),
      /** d. */
      embeddingLength: z.number().int().min(1).max(65_536),
      /** Number of blocks. */
      layerCount: z.number().int().min(1).max(1024),
    }),
    chatTemplateSha256: sha256,
    method: object({
      pooling: z.enum(['own', 'mean']),
      clip: z.boolean(),
      /** `partialGate` in memory: the gate is open by `gate` from the threshold down to `width` scales below it; absent: shut there. See steering/runtime/plan.ts. */
      ajar: object({ width: z.number().positive(), gate: z.number().gt(0).max(1) }).optional(),
      /** Evaluations of a prompt that opens the gate; absent: 1. See steering/runtime/plan.ts. */
      passes: z.union([z.literal(1), z.literal(2)]).optional(),
      /** At which tokens layers read; absent: 'last'. See steering/runtime/plan.ts. */
      reading: z.enum(['last', 'every']).optional(),
      /** The second stage of a cascade; absent: the probes' gates are final. See steering/runtime/plan.ts. */
      confirmation: object({
        probes: z
          .array(
            object({
              probe: z.number().int().min(0).max(7),
              raise: z.number().nonnegative(),
              centre: z.number(),
              alone: z.number().nonnegative(),
            }),
          )
          .min(1)
          .max(8),
        tau: z.number(),
        scale: z.number().positive(),
        mostTokens: z.number().int().min(1).max(1e6),
        /** What it scores benign and harmful prompts that took no part in the fit. */
        benign: scores,
        harmful: scores,
      }).optional(),
      strength: z.number().nonnegative(),
      /** Ridge strength: α, or λ where the null space is graded. */
      alpha: z.number().positive(),
      /** β of a graded null space; absent where the null space is cut at ρ. */
      beta: z.number().positive().optional(),
      seed: count,
    }),
    layers: z.array(layer).min(1).max(1024),
    promptSets: z.array(object({ name: z.string().min(1), role: z.string().min(1), sha256, count })),
    /** Results on data that the fit never saw; `arms` is free (unsteered, paper, shipped, …). */
    validation: z.array(object({ set: z.string().min(1), n: count, arms: z.record(z.string(), z.json()) })),
    notes: z.string(),
  });
}

export const profileMetadata = build((shape) => z.strictObject(shape) as never);
/** For files of a newer minor version: what we do not know is ignored. */
export const profileMetadataLoose = build((shape) => z.object(shape) as never);

export type ProfileMetadata = z.infer<typeof profileMetadata>;
export type ProfileLayerMetadata = ProfileMetadata['layers'][number];
export type ScoreSummary = NonNullable<ProfileLayerMetadata['read']>['benign'];

type ReadMetadata = NonNullable<ProfileLayerMetadata['read']>;
/** With the names in memory for those in the file. */
type LayerRead = Omit<ReadMetadata, 'means' | 'head'> & { readonly probe?: number | undefined; readonly means?: RunningMean[] | undefined };
type Method = Omit<ProfileMetadata['method'], 'ajar' | 'confirmation'> & {
  readonly partialGate?: PartialGate | undefined;
  readonly confirmation?: (Confirmation & { readonly benign: ScoreSummary; readonly harmful: ScoreSummary }) | undefined;
};

/** A layer with its vectors. */
export interface ProfileLayer {
  readonly layer: number;
  readonly read: (LayerRead & { /** w_l, length d. */ readonly w: Float32Array }) | null;
  readonly confirming?: ConfirmingRead | undefined;
  readonly write: (NonNullable<ProfileLayerMetadata['write']> & { /** r_l, length d. */ readonly r: Float32Array }) | null;
}

/** A whole profile in memory. */
export type SteeringProfile = Omit<ProfileMetadata, 'layers' | 'method'> & {
  readonly method: Method;
  readonly layers: readonly ProfileLayer[];
};
