/** What the charts are given. Colours are named by what they stand for, never as colours. */

/** `benign` and `harmful` are the two sides of everything here; `first`, `second`, `third` tell unrelated series apart. */
export type Tone = 'benign' | 'harmful' | 'first' | 'second' | 'third' | 'faint';

/** One line of a legend. `shape` is what the series looks like in the chart. */
export interface LegendItem {
  readonly label: string;
  readonly tone: Tone;
  readonly shape: 'area' | 'line' | 'dash' | 'dot';
}

/** The numbers behind a chart, as a table: one heading a column, one array a row. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
