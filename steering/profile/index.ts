/** The steering profile: one file that holds what a model needs to be steered. */
export { openFrom, profileClaims, REFUSED_SET, type ProfileClaims } from './claims.ts';
export { decodeProfile, encodeProfile, profileSha256 } from './codec.ts';
export { readProfile, writeProfile } from './file.ts';
export { assertProfileFits, type LoadedModel, planFromProfile } from './fit.ts';
export { checkPlausible } from './plausible.ts';
export { PROFILE_FORMAT, type ProfileLayer, type ProfileMetadata, type ScoreSummary, type SteeringProfile } from './schema.ts';
