/** One export from its first row to its name, with progress and cancellation; for pages and for the command line. */
import { SteadyError } from '../contract/index.ts';
import type { RefusalExportRequest, RefusalExportResult, RefusalStore } from '../store/index.ts';

export interface RunExport extends RefusalExportRequest {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: { done: number; total: number; bytes: number }) => void) | undefined;
}

/** @throws SteadyError `cancelled`, `disk-full`, or what the store says. No file is left then. */
export async function runExport(store: RefusalStore, { signal, onProgress, ...request }: RunExport): Promise<RefusalExportResult> {
  const job = await store.beginExport(request);
  for (;;) {
    if (signal?.aborted === true) {
      await store.endExport(job);
      throw new SteadyError('cancelled', 'The export was cancelled.');
    }
    const { result, ...progress } = await store.stepExport(job);
    onProgress?.(progress);
    if (result !== null) return result;
  }
}
