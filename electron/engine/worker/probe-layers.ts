/** Which layers of a loaded model can be read and written. */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { SteeringError } from '../../../steering/errors.ts';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import { emptySequence, sequenceId } from './borders.ts';

export interface Reach {
  /** Layers whose residual stream the hook can reach, ascending. */
  layers: number[];
  /** Why there are none, in a sentence for a person; null where there are. */
  problem: string | null;
}

export interface Probed {
  /** As llama.cpp calls it. */
  architecture: string;
  /** How many there are; the last one's output enters no block. */
  blocks: number;
}

/**
 * Architectures whose graph gives the name of a block's output to something else: what a block adds, before it is added, or what
 * is changed before the next block reads it. It has the right shape, so nothing but reading llama.cpp's source tells.
 */
const NAMED_OTHERWISE: ReadonlySet<string> = new Set(['nemotron_h', 'nemotron_h_moe', 'kimi-k3', 'hrm_text', 'nanbeige']);

/** As many as tell rows from other dimensions. */
const PROBED_TOKENS = 3;

/**
 * A few tiny decodes. First the names of what comes by are asked for; then a row of each such layer is read, as it would be
 * for a prompt, since a tensor of the right name may still be of another shape or type than a residual stream.
 */
export async function probeLayers(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  token: Token,
  { architecture, blocks }: Probed,
): Promise<Reach> {
  if (NAMED_OTHERWISE.has(architecture)) {
    return { layers: [], problem: "What has the name of a layer's output in it is not what the next one reads." };
  }
  const tokens = Array.from({ length: PROBED_TOKENS }, () => token);
  const seen = await steering.probe(() => sequence.evaluateWithoutGeneratingNewTokens(tokens));
  const named = seen.filter((layer) => layer < blocks);
  if (named.length === 0) return { layers: [], problem: 'Its engine gives no name to what goes from one layer to the next.' };
  const fault = await faultOf(steering, sequence, tokens, named);
  if (fault === null) return { layers: named, problem: null };
  const layers: number[] = [];
  for (const layer of named) if ((await faultOf(steering, sequence, tokens, [layer])) === null) layers.push(layer);
  return { layers, problem: layers.length === 0 ? fault : null };
}

/** The hook's words for a tensor with the right number of rows, and with more dimensions than rows have. */
const SIDE_BY_SIDE = /holds (\d+) rows instead of \1\b/;

/** Why these layers cannot be read; null where they can. */
async function faultOf(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  layers: readonly number[],
): Promise<string | null> {
  const id = sequenceId(sequence);
  await emptySequence(sequence);
  steering.setCapture(layers);
  steering.beginPrompt(id, tokens.length, { steer: false, capture: tokens.map((_, at) => at) });
  try {
    await sequence.evaluateWithoutGeneratingNewTokens([...tokens]);
    const width = sequence.model.embeddingVectorSize;
    const rows = steering.endPrompt(id)?.rows?.length ?? 0;
    return rows === tokens.length * layers.length * width ? null : `Its layers are not ${width} values wide.`;
  } catch (error) {
    if (!(error instanceof SteeringError)) throw error;
    return SIDE_BY_SIDE.test(error.message) ? 'Its layers pass on several streams side by side.' : error.message;
  } finally {
    steering.endPrompt(id);
    steering.setCapture([]);
    await emptySequence(sequence);
  }
}
