/** A profile as bytes and back. Nothing that fails a check becomes a profile: the caller gets a typed error instead. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { SteeringError } from '../errors.ts';
import { checkProfile } from './check.ts';
import { ContainerError, type Float32Tensor, readContainer, writeContainer } from './safetensors.ts';
import {
  KNOWN_MINORS,
  MAX_HEADER_BYTES,
  PROFILE_FORMAT,
  type ProfileLayer,
  type ProfileLayerMetadata,
  type ProfileMetadata,
  profileMetadata,
  profileMetadataLoose,
  type SteeringProfile,
} from './schema.ts';

const DAMAGED_HINT = 'Fetch the profile again, or calibrate the model.';

/**
 * The bytes of a profile, in the lowest format version that holds it whatever `formatVersion` says. Equal profiles give equal
 * bytes, whatever the order of their keys.
 * @throws SteeringError `bad-input` when the profile is not valid (NaN, wrong length, broken constraint)
 */
export function encodeProfile(profile: SteeringProfile): Uint8Array {
  const parsed = profileMetadata.safeParse(metadataOf(profile));
  if (!parsed.success) throw new SteeringError('bad-input', `This is not a valid profile: ${firstIssue(parsed.error)}`);
  const problem = checkProfile({ ...parsed.data, method: fromFile(parsed.data.method), layers: profile.layers });
  if (problem !== null) throw new SteeringError('bad-input', `This is not a valid profile: ${problem}`);
  const text = stableJson({ ...parsed.data, formatVersion: formatOf(parsed.data) });
  const tensors = tensorsOf(profile.layers);
  const bytes = writeContainer({ sha256: digest(text, tensors), steady: text }, tensors);
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (headerLength > MAX_HEADER_BYTES) throw new SteeringError('bad-input', 'The text in this profile is too long.');
  return bytes;
}

/**
 * Reads a profile from a whole file's bytes.
 * @throws SteeringError `profile-version` for another major version, `profile-damaged` for everything else
 */
export function decodeProfile(bytes: Uint8Array): SteeringProfile {
  const { metadata, tensors } = openContainer(bytes);
  const text = metadata['steady'];
  if (text === undefined) throw damaged('it is not a Steady profile (no metadata of ours).');
  let raw: unknown;
  try {
    raw = parseBoundedJson(text);
  } catch (cause) {
    throw damaged('its metadata is not JSON.', cause);
  }
  const meta = parseMetadata(raw);
  const layers = meta.layers.map((layer) => attachVectors(layer, meta.model.embeddingLength, tensors));
  const ordered = tensorsOf(layers);
  if (ordered.length !== tensors.size) {
    const known = new Set(ordered.map((t) => t.name));
    const extra = [...tensors.keys()].find((name) => !known.has(name));
    throw damaged(`it holds a tensor its metadata does not mention ("${extra}").`);
  }
  const profile: SteeringProfile = { ...meta, method: fromFile(meta.method), layers };
  // Before the digest: what is wrong with a value says more than that something is wrong.
  const problem = checkProfile(profile);
  if (problem !== null) throw damaged(problem);
  if (metadata['sha256'] !== digest(text, ordered)) throw damaged('its checksum does not match its contents.');
  return profile;
}

/** SHA-256 (hex) of a profile's bytes as this version writes them: the identity shown and logged. */
export function profileSha256(profile: SteeringProfile): string {
  return createHash('sha256').update(encodeProfile(profile)).digest('hex');
}

/** The lowest format version that holds what the profile says. */
function formatOf({ method, layers }: Pick<ProfileMetadata, 'method' | 'layers'>): ProfileMetadata['formatVersion'] {
  if (method.confirmation !== undefined || layers.some(({ confirming }) => confirming !== undefined)) return { major: 3, minor: 0 };
  if (layers.some(({ read }) => read?.means !== undefined)) return { major: 2, minor: 0 };
  return { major: 1, minor: method.ajar === undefined ? 0 : 1 };
}

function openContainer(bytes: Uint8Array): ReturnType<typeof readContainer> {
  try {
    return readContainer(bytes, MAX_HEADER_BYTES);
  } catch (error) {
    if (error instanceof ContainerError) throw damaged(lowerFirst(error.message), error);
    throw error;
  }
}

const versionOnly = z.object({ formatVersion: z.object({ major: z.number().int().nonnegative(), minor: z.number().int().nonnegative() }) });

function parseMetadata(raw: unknown): ProfileMetadata {
  const version = versionOnly.safeParse(raw);
  if (!version.success) throw damaged('it does not say which format version it has.');
  const { major, minor } = version.data.formatVersion;
  const known = KNOWN_MINORS.get(major);
  if (known === undefined) {
    throw new SteeringError(
      'profile-version',
      `This profile has format ${major}.${minor}; this version of Steady reads formats ${[...KNOWN_MINORS.keys()].join(' and ')}.`,
      {
        hint:
          major > PROFILE_FORMAT.major
            ? 'Update Steady, or use a profile made by this version.'
            : 'Calibrate again to get a current profile.',
        details: { major, minor },
      },
    );
  }
  const parsed = (minor > known ? profileMetadataLoose : profileMetadata).safeParse(raw);
  if (!parsed.success) throw damaged(firstIssue(parsed.error));
  // An older version of Steady would read such a file without them, and gates would open at other scores.
  if (formatOf(parsed.data).major > major) throw damaged(`it holds what format ${major} does not have.`);
  return parsed.data;
}

function attachVectors(layer: ProfileMetadata['layers'][number], d: number, tensors: ReadonlyMap<string, Float32Tensor>): ProfileLayer {
  const take = (suffix: string): Float32Array => {
    const name = `layers.${layer.layer}.${suffix}`;
    const tensor = tensors.get(name);
    if (tensor === undefined) throw damaged(`tensor "${name}" is missing.`);
    if (tensor.shape.length !== 1 || tensor.shape[0] !== d) {
      throw damaged(`tensor "${name}" has shape [${tensor.shape.join(', ')}] and must have [${d}].`);
    }
    return tensor.data;
  };
  return {
    layer: layer.layer,
    read: layer.read === null ? null : attachRead(layer.read, take),
    ...(layer.confirming === undefined ? {} : { confirming: { w: take('cw'), v: take('cv') } }),
    write: layer.write === null ? null : { ...layer.write, r: take('r') },
  };
}

function attachRead({ means, head, ...read }: NonNullable<ProfileLayerMetadata['read']>, take: (suffix: string) => Float32Array) {
  return {
    ...read,
    ...(head === undefined ? {} : { probe: head }),
    w: take('w'),
    ...(means === undefined ? {} : { means: means.map(({ halfLife }, i) => ({ halfLife, v: take(`v${i}`) })) }),
  };
}

/** The method as memory names it. */
function fromFile({ ajar, ...method }: ProfileMetadata['method']): SteeringProfile['method'] {
  return ajar === undefined ? method : { ...method, partialGate: ajar };
}

/** The tensors of a profile in their one order: by layer, r, then w, the running means, and what confirms. */
function tensorsOf(layers: readonly ProfileLayer[]): Float32Tensor[] {
  const tensors: Float32Tensor[] = [];
  for (const { layer, read, confirming, write } of layers) {
    const add = (suffix: string, data: Float32Array) => tensors.push({ name: `layers.${layer}.${suffix}`, shape: [data.length], data });
    if (write !== null) add('r', write.r);
    if (read !== null) add('w', read.w);
    for (const [i, { v }] of (read?.means ?? []).entries()) add(`v${i}`, v);
    if (confirming === undefined) continue;
    add('cw', confirming.w);
    add('cv', confirming.v);
  }
  return tensors;
}

/** The metadata as the file names it, without the vectors: a probe is its `head`, a partial gate its `ajar`. */
function metadataOf(profile: SteeringProfile): unknown {
  const layers = profile.layers.map(({ layer, read, confirming, write }) => {
    const { w: _w, means, probe, ...rest } = read ?? { w: null };
    const readRest = {
      ...rest,
      ...(probe === undefined ? {} : { head: probe }),
      ...(means === undefined ? {} : { means: means.map(({ halfLife }) => ({ halfLife })) }),
    };
    const { r: _r, ...writeRest } = write ?? { r: null };
    return {
      layer,
      read: read === null ? null : readRest,
      ...(confirming === undefined ? {} : { confirming: true }),
      write: write === null ? null : writeRest,
    };
  });
  const { partialGate, ...method } = profile.method;
  return { ...profile, method: partialGate === undefined ? method : { ...method, ajar: partialGate }, layers };
}

/** SHA-256 over the metadata text, then every tensor's bytes in their one order (whatever order the file has them in). */
function digest(text: string, tensors: readonly Float32Tensor[]): string {
  const hash = createHash('sha256').update(text, 'utf8');
  for (const { data } of tensors) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/** JSON with every object's keys sorted. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

function damaged(what: string, cause?: unknown): SteeringError {
  return new SteeringError('profile-damaged', `This profile is damaged: ${what}`, { hint: DAMAGED_HINT, cause });
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'unknown problem.';
  const where = issue.path.map(String).join('.');
  return where === '' ? lowerFirst(issue.message) : `field "${where}": ${lowerFirst(issue.message)}.`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
