/** The context sizes of a model as options of a list, each with the memory that the model takes with it. */
import type { ModelEstimate, ModelSettings, ModelSettingsState } from '../../contract.ts';
import { formatBytes } from '../../util/format.ts';

interface ContextOption {
  value: string;
  label: string;
  /** It does not fit into this machine's memory. */
  disabled: boolean;
}

const tokens = (count: number) => `${count.toLocaleString('en')} tokens`;

/** @param estimate what is known of the memory so far; null: nothing yet, and then every size can be chosen */
export function contextOptions(
  { contextSizes, automaticContextSize }: ModelSettingsState,
  { contextSize: chosen }: ModelSettings,
  estimate: ModelEstimate | null,
): ContextOption[] {
  const sizes = chosen === null || contextSizes.includes(chosen) ? contextSizes : [...contextSizes, chosen].sort((a, b) => a - b);
  return [
    { value: '', label: `Automatic (${tokens(automaticContextSize)})`, disabled: false },
    ...sizes.map((size) => {
      const known = estimate?.contexts?.find(({ contextSize }) => contextSize === size);
      const memory =
        known === undefined ? '' : known.fits ? `: ${formatBytes(known.bytes)}` : `: ${formatBytes(known.bytes)}, does not fit`;
      return { value: String(size), label: `${tokens(size)}${memory}`, disabled: known?.fits === false };
    }),
  ];
}
