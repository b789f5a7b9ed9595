/** Profiles in the contract's words, and two of them side by side. */
import type { ProfileComparison, ProfileDetails, ProfileEntry } from '../contract/index.ts';
import type { ProfileLayer, SteeringProfile } from '../../steering/profile/index.ts';
import { wideVector } from '../../steering/calibration/probes/running-means.ts';

export function detailsOf(entry: ProfileEntry, profile: SteeringProfile): ProfileDetails {
  return {
    entry,
    formatVersion: { ...profile.formatVersion },
    appVersion: profile.appVersion,
    architecture: profile.model.architecture,
    embeddingLength: profile.model.embeddingLength,
    layerCount: profile.model.layerCount,
    chatTemplateSha256: profile.chatTemplateSha256,
    method: methodOf(profile),
    layers: profile.layers.map(({ layer, read, write }) => ({
      layer,
      read:
        read === null
          ? null
          : {
              probe: read.probe ?? 0,
              rho: read.rho ?? null,
              tau: read.tau,
              scale: read.scale,
              benign: read.benign,
              harmful: read.harmful,
            },
      write: write === null ? null : { lambda: write.lambda, rNorm: write.rNorm },
    })),
    promptSets: profile.promptSets.map((set) => ({ ...set })),
    validation: profile.validation.map((row) => ({ ...row })),
    notes: profile.notes,
  };
}

export interface Side {
  details: ProfileDetails;
  profile: SteeringProfile;
}

export function compare(a: Side, b: Side): ProfileComparison {
  const sameModel = a.profile.model.sha256 === b.profile.model.sha256;
  const numbers = [...new Set([...a.profile.layers, ...b.profile.layers].map(({ layer }) => layer))].sort((x, y) => x - y);
  const vectors = (side: Side, layer: number) => side.profile.layers.find((candidate) => candidate.layer === layer);
  return {
    a: a.details,
    b: b.details,
    sameModel,
    layers: numbers.map((layer) => {
      const [left, right] = [vectors(a, layer), vectors(b, layer)];
      return {
        layer,
        readCosine: sameModel ? cosine(readVector(left), readVector(right)) : null,
        writeCosine: sameModel ? cosine(left?.write?.r, right?.write?.r) : null,
      };
    }),
    differences: differences(a.profile, b.profile),
  };
}

function differences(a: SteeringProfile, b: SteeringProfile): ProfileComparison['differences'] {
  const [left, right] = [settings(a), settings(b)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) => {
    const [x, y] = [left[name] ?? '–', right[name] ?? '–'];
    return x === y ? [] : [{ name, a: x, b: y }];
  });
}

/** Every setting of the method as one value. */
function methodOf({ method: { partialGate, confirmation, ...method }, layers }: SteeringProfile): Record<string, unknown> {
  const means = layers.flatMap(({ layer, read }) =>
    read?.means === undefined ? [] : [`layer ${layer}: ${read.means.map(({ halfLife }) => halfLife).join(', ')} tokens`],
  );
  return {
    ...method,
    ...(partialGate === undefined ? {} : { partialGateWidth: partialGate.width, partialGate: partialGate.gate }),
    ...(confirmation === undefined
      ? {}
      : { confirmedProbes: confirmation.probes.map(({ probe }) => probe).join(', '), confirmationThreshold: confirmation.tau }),
    ...(means.length === 0 ? {} : { runningMeans: means.join('; ') }),
  };
}

function settings(profile: SteeringProfile): Record<string, string> {
  const layers = (side: 'read' | 'write') =>
    profile.layers
      .filter((layer) => layer[side] !== null)
      .map(({ layer }) => layer)
      .join(', ');
  return {
    model: profile.model.name,
    ...Object.fromEntries(Object.entries(methodOf(profile)).map(([name, value]) => [name, String(value)])),
    'reading layers': layers('read'),
    'writing layers': layers('write'),
    'app version': profile.appVersion,
  };
}

function readVector(layer: ProfileLayer | undefined): Float32Array | undefined {
  return layer?.read ? wideVector(layer.read) : undefined;
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number | null {
  if (a === undefined || b === undefined || a.length !== b.length) return null;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa === 0 || bb === 0 ? null : dot / Math.sqrt(aa * bb);
}
