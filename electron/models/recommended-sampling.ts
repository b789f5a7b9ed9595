/** How a model's maker would have its tokens drawn, as a person's settings have it. */
import { DEFAULT_SAMPLING, type Sampling } from '../contract/index.ts';
import { entryBySha256 } from '../../models/index.ts';

/** For the model file with that hash, wherever it lies; null where nothing is known of it. */
export function recommendedSampling(sha256: string | null | undefined): Sampling | null {
  const known = sha256 == null ? undefined : entryBySha256(sha256)?.sampling;
  return known === undefined ? null : { ...DEFAULT_SAMPLING, ...known };
}
