/** A summary as plain text for a terminal. */
import { basename } from 'node:path';
import { ARM_NAMES } from './arms.ts';
import type { ArmSummary, EvaluationSummary } from './summary.ts';

const COLUMNS = ['refused', 'partial', 'degenerate', 'complied', 'correct', 'identical', 'steered'] as const;

/** A line a set and arm: counts, with the refused share's interval. */
export function tableOf(summary: EvaluationSummary): string {
  const rows = [['set', 'arm', 'n', 'refused %', '95 %', ...COLUMNS]];
  for (const { file, arms } of summary.sets) {
    for (const name of ARM_NAMES) {
      const arm = arms[name];
      if (arm !== undefined) rows.push([basename(file), name, ...cells(arm)]);
    }
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '),
  );
  return [...lines, ...summary.skipped.map(({ arm, reason }) => `${arm} was left out. ${reason}`)].join('\n');
}

function cells(arm: ArmSummary): string[] {
  const [low, high] = arm.intervals['refused']!;
  const share = arm.n === 0 ? '–' : ((100 * arm.refused) / arm.n).toFixed(1);
  return [String(arm.n), share, `${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}`, ...COLUMNS.map((name) => String(arm[name] ?? '–'))];
}
