/** Reports that version 0.1.0 wrote: some of their fields had other names. */

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['head', 'probe'],
  ['headName', 'probeName'],
  ['ajar', 'partialGate'],
]);

/** The evidence with today's names, whoever wrote it. What has another shape stays as it is, for the schema to refuse. */
export function withCurrentNames(evidence: unknown): unknown {
  if (!isObject(evidence)) return evidence;
  const { histograms, frontier } = evidence;
  const points = isObject(frontier) ? frontier['points'] : undefined;
  return {
    ...evidence,
    ...(Array.isArray(histograms) ? { histograms: histograms.map(renamed) } : {}),
    ...(Array.isArray(points) ? { frontier: { ...(frontier as object), points: points.map(renamed) } } : {}),
  };
}

function renamed(value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, field]) => [RENAMED.get(name) ?? name, field])) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
