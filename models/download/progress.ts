/** Turns many small advances into a few reports a second, with the speed of the last seconds. */

export interface DownloadProgress {
  /** `waiting`: another Steady is fetching the same file. */
  readonly phase: 'waiting' | 'downloading' | 'verifying';
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** Null while there is nothing to measure. */
  readonly bytesPerSecond: number | null;
  /** Where the bytes come from, for a person. */
  readonly source: string | null;
}

const REPORT_EVERY_MS = 250;
const WINDOW_MS = 5000;

/** Reports progress of one file. `advance` takes the bytes there are now, not the bytes added. */
export class ProgressMeter {
  private readonly total: number;
  private readonly report: (progress: DownloadProgress) => void;
  private phase: DownloadProgress['phase'] = 'downloading';
  private source: string | null = null;
  private samples: { at: number; bytes: number }[] = [];
  private lastReport = -Infinity;

  constructor(totalBytes: number, report: ((progress: DownloadProgress) => void) | undefined) {
    this.total = totalBytes;
    this.report = report ?? (() => undefined);
  }

  /** Starts a new phase or source: speed is measured anew, and a report goes out at once. */
  begin(phase: DownloadProgress['phase'], source: string | null, receivedBytes: number): void {
    this.phase = phase;
    this.source = source;
    this.samples = [];
    this.lastReport = -Infinity;
    this.advance(receivedBytes);
  }

  advance(receivedBytes: number): void {
    const now = performance.now();
    if (now - this.lastReport < REPORT_EVERY_MS && receivedBytes < this.total) return;
    this.lastReport = now;
    // Bytes can fall back where a source starts over; a speed across that would be nonsense.
    if ((this.samples.at(-1)?.bytes ?? 0) > receivedBytes) this.samples = [];
    this.samples.push({ at: now, bytes: receivedBytes });
    while (this.samples.length > 2 && now - (this.samples[0]?.at ?? now) > WINDOW_MS) this.samples.shift();
    this.report({
      phase: this.phase,
      receivedBytes,
      totalBytes: this.total,
      bytesPerSecond: this.speed(),
      source: this.source,
    });
  }

  private speed(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at - first.at < REPORT_EVERY_MS) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}
