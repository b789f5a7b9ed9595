/**
 * What the hook does at run time, layer by layer. A profile (on disk) becomes a plan (in memory); the native hook and
 * the JavaScript reference in `gate.ts` both follow it.
 *
 * Let c_k = h_k·w_k at the prompt's last token, for every layer k that reads. Then u_k = (c_k − τ_k)/s_k, and the gate is
 *   pooling 'own':  g_l = G(u_l)            (the layer reads and writes the same place)
 *   pooling 'mean': g   = max over probes of G(mean of u_k over the probe's layers)   (all reads come before the first write, or in a first pass)
 * with G(u) = min(max(u, 0), 1) when `clip`, else G(u) = u. Where a plan has `partialGate` = (a, b) the gate does not fall shut at u = 0
 * but is open by b in the sub-threshold band down to u = −a: G(u) = max(b, min(u, 1)) for u > −a, and 0 below. Every layer that writes does h_l(t) += strength·λ_l·g·r_l for
 * each prompt token t of the turn. Layers that read belong to probes, each
 * trained on one kind of harm (plain requests, attack wrappers, …); one probe alone can open the gate.
 * Where `reading` is 'every', c_k and with it the probe's mean are taken at every token of what the person wrote and of the
 * template behind it, and the token that opens the gate widest decides: a request is found wherever it stands in a prompt.
 * A layer can also take in earlier tokens: with running means (vectors v_i, half-lives n_i) its score at token t is
 *   c(t) = h(t)·w + Σ_i m_i(t)·v_i,   m_i(t) = Σ_{j≤t} a^(t−j) h(j) / Σ_{j≤t} a^(t−j),   a = 2^(−1/n_i),
 * j from the first token that is read: a word that means harm only beside the one before it is read together with it.
 * **Cascade.** Where a plan has a `confirmation`, some probes are a first stage and open the gate no wider than the second stage says, which
 * reads the request as a whole: over its layers, z = mean of (h_l(last)·w_l + m_l·v_l), m_l the mean of the rows that were read, and with p_k
 * the highest u of such a probe k at any token
 *   u = min(max over k of p_k, (z + Σ_k raise_k·min(max(p_k, centre_k − 1), centre_k + 1) − τ)/s).
 * Of requests of more than `mostTokens` tokens a mean says little; there the first stage decides, each p_k less its `alone`.
 * The paper's method is pooling 'own', τ = 0, s = 1, no clip (arXiv 2506.07022).
 */
/** Probes that a plan can have at most; `kProbes` in the addon. */
export const MOST_PROBES = 8;

export interface LayerRead {
  /** w_l, length d. */
  readonly w: Float32Array;
  /** What is added for the tokens before; with `reading` 'every' only. Absent: nothing. */
  readonly means?: readonly RunningMean[] | undefined;
  /** τ_l: scores at or below it give a gate of exactly zero (when clipped). */
  readonly tau: number;
  /** s_l > 0: the score's distance above τ_l at which the gate is 1. */
  readonly scale: number;
  /** Which probe this layer reads for, 0…7; probes matter to pooling 'mean' only. Absent: 0. */
  readonly probe?: number | undefined;
}

/** A running mean of earlier tokens: m_i·v_i above. */
export interface RunningMean {
  /** n > 0: after so many tokens a row counts half. */
  readonly halfLife: number;
  /** v, length d. */
  readonly v: Float32Array;
}

export interface LayerWrite {
  /** r_l, length d; points to refusal. */
  readonly r: Float32Array;
  /** λ_l ≥ 0. */
  readonly lambda: number;
}

/** A gate that is a little open just below its threshold: G(u) above. */
export interface PartialGate {
  /** a > 0: how far below the threshold the band reaches, in units of s. */
  readonly width: number;
  /** b in 0…1: how far it is open there. */
  readonly gate: number;
}

/** What a layer tells the second stage of a cascade; z above. */
export interface ConfirmingRead {
  /** w_l, length d, for the row of the prompt's last token. */
  readonly w: Float32Array;
  /** v_l, length d, for the mean of the rows that were read. */
  readonly v: Float32Array;
}

/** A probe that opens nothing by itself. */
export interface ConfirmedProbe {
  readonly probe: number;
  /** What it adds to z a unit of its u, from one below `centre` to one above it; ≥ 0. */
  readonly raise: number;
  readonly centre: number;
  /** Where the second stage is not asked, its u counts so much less; ≥ 0. */
  readonly alone: number;
}

/** The second stage of a cascade. */
export interface Confirmation {
  readonly probes: readonly ConfirmedProbe[];
  /** Threshold and rise, as a probe's. */
  readonly tau: number;
  readonly scale: number;
  /** It is not asked about requests with more tokens than this. */
  readonly mostTokens: number;
}

export interface PlanLayer {
  /** Block index l: the hook works on the residual stream that enters block l, so l ≥ 1. */
  readonly layer: number;
  readonly read: LayerRead | null;
  /** Absent: the second stage does not ask this layer. */
  readonly confirming?: ConfirmingRead | undefined;
  readonly write: LayerWrite | null;
}

export interface SteeringPlan {
  readonly pooling: 'own' | 'mean';
  /**
   * 1: read and write while the prompt is evaluated once. 2 (pooling 'mean' only): the first evaluation only reads; where
   * its gate is not zero the prompt is evaluated again with that gate, and then every layer may write, also before those
   * that read. A prompt that leaves the gate shut, as benign ones do, is evaluated once and costs nothing more. Absent: 1.
   */
  readonly passes?: 1 | 2 | undefined;
  /** At which tokens layers read: the prompt's last one (as in the paper), or every one (two passes only). Absent: 'last'. */
  readonly reading?: 'last' | 'every' | undefined;
  readonly clip: boolean;
  /** With `clip` only. Absent: shut below the threshold. */
  readonly partialGate?: PartialGate | undefined;
  /** With `reading` 'every' only. Absent: the probes' gates are final. */
  readonly confirmation?: Confirmation | undefined;
  /** Multiplies every λ_l; 0 reads scores and writes nothing. */
  readonly strength: number;
  /** Ascending by layer. */
  readonly layers: readonly PlanLayer[];
}
