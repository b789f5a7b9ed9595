/** Refusals as syslog messages (RFC 5424) with JSON behind the cookie that rsyslog and syslog-ng know. */
import type { RefusalDetail } from '../contract/index.ts';
import { detailsOf, severityOf, titleOf, type EventSource, type Severity } from './event.ts';

/** "log audit" */
const FACILITY = 13;
/** Informational, notice, warning. */
const SEVERITY: Record<Severity, number> = { low: 6, medium: 5, high: 4 };
const MAX_HOSTNAME = 255;

export function syslogLine(row: RefusalDetail, source: EventSource): string {
  const priority = FACILITY * 8 + SEVERITY[severityOf(row)];
  const time = new Date(row.createdAt).toISOString();
  // Printable ASCII without spaces is all that the header may have.
  const host = source.hostname.replace(/[^\x21-\x7e]/g, '_').slice(0, MAX_HOSTNAME) || '-';
  const said = { title: titleOf(row), app_version: source.appVersion, ...detailsOf(row, source) };
  return `<${priority}>1 ${time} ${host} steady - refusal - @cee: ${ascii(JSON.stringify(said))}`;
}

/** Collectors that take a message for another encoding show it whole all the same. */
const ascii = (json: string) => json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
