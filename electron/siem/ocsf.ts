/** Refusals as OCSF events (https://schema.ocsf.io): class Detection Finding, one JSON object a line. */
import type { RefusalDetail } from '../contract/index.ts';
import { detailsOf, severityOf, titleOf, type EventSource, type Severity } from './event.ts';

const OCSF_VERSION = '1.3.0';
const [FINDINGS, DETECTION_FINDING, CREATE] = [2, 2004, 1];
const SEVERITY: Record<Severity, readonly [id: number, name: string]> = { low: [2, 'Low'], medium: [3, 'Medium'], high: [4, 'High'] };

export function ocsfLine(row: RefusalDetail, source: EventSource): string {
  const [severityId, severity] = SEVERITY[severityOf(row)];
  return JSON.stringify({
    activity_id: CREATE,
    activity_name: 'Create',
    category_uid: FINDINGS,
    category_name: 'Findings',
    class_uid: DETECTION_FINDING,
    class_name: 'Detection Finding',
    type_uid: DETECTION_FINDING * 100 + CREATE,
    type_name: 'Detection Finding: Create',
    severity_id: severityId,
    severity,
    status_id: 1,
    status: 'New',
    time: row.createdAt,
    message: titleOf(row),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Steady', vendor_name: 'Steady', version: source.appVersion },
      profiles: ['host'],
      log_name: 'refusals',
      // A machine's name with the row's place in its chain tells two deliveries of one row apart from two rows.
      uid: `${source.hostname}:${row.seq}`,
      sequence: row.seq,
    },
    // Type 0: which kind of machine it is, is not known.
    device: { hostname: source.hostname, type_id: 0, type: 'Unknown' },
    finding_info: { uid: row.hash, title: titleOf(row), created_time: row.createdAt, types: [row.cause], data_sources: ['refusal log'] },
    unmapped: detailsOf(row, source),
  });
}
