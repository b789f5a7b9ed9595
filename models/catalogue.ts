/** The models Steady knows: what each file is, to the byte, and where it can be had. */
import { ModelError } from './errors.ts';
import { QWEN_CODER_0_5B_PARTS, QWEN_CODER_1_5B_PARTS, SMOLLM2_135M_PARTS, type WheelPart } from './catalogue-wheels.ts';

/** A file in a repository on the model hub, at a fixed revision. */
export interface HubSource {
  readonly kind: 'hub';
  readonly repository: string;
  readonly revision: string;
  readonly file: string;
}

/** A file cut into parts that travel in Python wheels. */
export interface WheelSource {
  readonly kind: 'wheels';
  readonly parts: readonly WheelPart[];
}

export type ModelSource = HubSource | WheelSource;

/** How a model's maker would have its tokens drawn (`generation_config.json`). `repeatPenalty` 1 does nothing. */
export interface RecommendedSampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly repeatPenalty: number;
}

export interface CatalogueEntry {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Name of the file on disk. */
  readonly fileName: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. Nothing else decides whether a file is this model. */
  readonly sha256: string;
  readonly licence: string;
  /** Absent where its maker recommends nothing. */
  readonly sampling?: RecommendedSampling;
  /** Tried in order. */
  readonly sources: readonly ModelSource[];
  /** Only for Steady's own tests; not offered to people. */
  readonly testOnly?: boolean;
}

/** The model hub's address; `STEADY_HUB` puts a mirror in its place. */
const HUB = 'https://huggingface.co';

/** The model that is fetched when nobody chose one: small enough for any machine. */
export const DEFAULT_MODEL_ID = 'qwen2.5-coder-0.5b-instruct';

function hub(repository: string, revision: string, file: string): HubSource {
  return { kind: 'hub', repository, revision, file };
}

const QWEN: RecommendedSampling = { temperature: 0.7, topP: 0.8, topK: 20, minP: 0, repeatPenalty: 1 };

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: DEFAULT_MODEL_ID,
    name: 'Qwen2.5 Coder 0.5B Instruct',
    description: 'Small and quick; runs on any machine.',
    fileName: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
    bytes: 491_400_064,
    sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    licence: 'Apache-2.0',
    sampling: { ...QWEN, repeatPenalty: 1.1 },
    sources: [
      hub('Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF', 'ebb2015119c907b064c512bf053e945850b5875f', 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf'),
      { kind: 'wheels', parts: QWEN_CODER_0_5B_PARTS },
    ],
  },
  {
    id: 'qwen2.5-coder-1.5b-instruct',
    name: 'Qwen2.5 Coder 1.5B Instruct',
    description: 'A step up in quality for about 1 GB more memory.',
    fileName: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
    bytes: 1_117_320_768,
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    licence: 'Apache-2.0',
    sampling: { ...QWEN, repeatPenalty: 1.1 },
    sources: [
      hub('Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF', 'f86cb2c1fa58255f8052cc32aeede1b7482d4361', 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf'),
      { kind: 'wheels', parts: QWEN_CODER_1_5B_PARTS },
    ],
  },
  {
    id: 'qwen3-4b-instruct-2507',
    name: 'Qwen3 4B Instruct 2507',
    description: 'Good everyday answers; wants 4 GB of free memory or a GPU.',
    fileName: 'Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf',
    bytes: 2_497_280_736,
    sha256: '2fde00ce69dd4899c70d020845e2638353015bba0fdf161b3eb965f2bca4464e',
    licence: 'Apache-2.0',
    sampling: QWEN,
    sources: [
      hub(
        'bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF',
        'ae44f08e1392f39c0e474af10c3ff8355c8b6688',
        'Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf',
      ),
    ],
  },
  {
    id: 'qwen2.5-7b-instruct',
    name: 'Qwen2.5 7B Instruct',
    description: 'One of the models the steering method was published with; wants 6 GB of free memory or a GPU.',
    fileName: 'Qwen2.5-7B-Instruct-Q4_K_M.gguf',
    bytes: 4_683_074_240,
    sha256: '65b8fcd92af6b4fefa935c625d1ac27ea29dcb6ee14589c55a8f115ceaaa1423',
    licence: 'Apache-2.0',
    sampling: { ...QWEN, repeatPenalty: 1.05 },
    sources: [hub('bartowski/Qwen2.5-7B-Instruct-GGUF', '8911e8a47f92bac19d6f5c64a2e2095bd2f7d031', 'Qwen2.5-7B-Instruct-Q4_K_M.gguf')],
  },
  {
    id: 'llama-3.1-8b-instruct',
    name: 'Llama 3.1 8B Instruct',
    description: 'One of the models the steering method was published with; wants 7 GB of free memory or a GPU.',
    fileName: 'Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf',
    bytes: 4_920_739_232,
    sha256: '7b064f5842bf9532c91456deda288a1b672397a54fa729aa665952863033557c',
    licence: 'Llama 3.1 Community License',
    sampling: { temperature: 0.6, topP: 0.9, topK: 0, minP: 0, repeatPenalty: 1 },
    sources: [
      hub(
        'bartowski/Meta-Llama-3.1-8B-Instruct-GGUF',
        'bf5b95e96dac0462e2a09145ec66cae9a3f12067',
        'Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf',
      ),
    ],
  },
  {
    id: 'gemma-2-9b-it',
    name: 'Gemma 2 9B Instruct',
    description: 'One of the models the steering method was published with; wants 8 GB of free memory or a GPU.',
    fileName: 'gemma-2-9b-it-Q4_K_M.gguf',
    bytes: 5_761_057_728,
    sha256: '13b2a7b4115bbd0900162edcebe476da1ba1fc24e718e8b40d32f6e300f56dfe',
    licence: 'Gemma Terms of Use',
    sources: [hub('bartowski/gemma-2-9b-it-GGUF', 'd731033f3dc4018261fd39896e50984d398b4ac5', 'gemma-2-9b-it-Q4_K_M.gguf')],
  },
  {
    id: 'smollm2-135m-instruct',
    name: 'SmolLM2 135M Instruct',
    description: 'Tiny; for tests.',
    fileName: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    licence: 'Apache-2.0',
    sources: [{ kind: 'wheels', parts: SMOLLM2_135M_PARTS }],
    testOnly: true,
  },
];

/** The catalogue's entry of that id. @throws ModelError `not-found`. */
export function catalogueEntry(id: string): CatalogueEntry {
  const entry = CATALOGUE.find((candidate) => candidate.id === id);
  if (entry) return entry;
  throw new ModelError('not-found', `There is no model called "${id}" in the catalogue.`, {
    hint: `Known models: ${CATALOGUE.filter((candidate) => !candidate.testOnly)
      .map((candidate) => candidate.id)
      .join(', ')}.`,
  });
}

/** The catalogue's entry whose file has that SHA-256, wherever the file lies and whatever it is called. */
export function entryBySha256(sha256: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.sha256 === sha256);
}

/** The hub's base address, without a slash at its end. */
export function hubBase(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return (env['STEADY_HUB'] || HUB).replace(/\/+$/, '');
}

/** Where the hub serves the file. */
export function hubUrl(source: HubSource, base: string = hubBase()): string {
  return `${base}/${source.repository}/resolve/${source.revision}/${encodeURIComponent(source.file)}`;
}
