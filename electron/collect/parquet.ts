/** Collected rows as one Parquet file, which DuckDB, pandas, Spark and spreadsheets read as it is. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { ExportRow } from '../store/index.ts';
import { COLUMNS, type RowOrigin } from './rows.ts';

/** Rows that are in memory at a time. */
const GROUP_ROWS = 5000;
/** And so many UTF-16 units of text: prompts can have millions. */
const GROUP_TEXT = 32_000_000;

/** Grows under another name, and gets its own once it is complete and on the disk. */
export class ParquetFile {
  readonly #path: string;
  readonly #partial: string;
  readonly #writer: ReturnType<typeof fileWriter>;
  readonly #parquet: ParquetWriter;
  #values = COLUMNS.map((): unknown[] => []);
  #text = 0;
  rows = 0;

  /** @throws the file system's own error */
  constructor(path: string, createdBy: string) {
    this.#path = path;
    this.#partial = `${path}.partial-${randomUUID()}`;
    closeSync(openSync(this.#partial, 'wx', 0o600));
    this.#writer = fileWriter(this.#partial);
    this.#parquet = new ParquetWriter({ writer: this.#writer, schema: schemaFromColumnData({ columnData: this.#columns() }), createdBy });
  }

  add(row: ExportRow, origin: RowOrigin): void {
    COLUMNS.forEach((column, at) => this.#values[at]!.push(column.of(row, origin)));
    this.#text += (row.prompt?.length ?? 0) + (row.reply?.length ?? 0);
    this.rows++;
    if (this.#values[0]!.length >= GROUP_ROWS || this.#text >= GROUP_TEXT) this.#flush();
  }

  /** @throws the file system's own error; nothing is left then */
  finish(): void {
    try {
      if (this.#values[0]!.length > 0) this.#flush();
      void this.#parquet.finish();
      const file = openSync(this.#partial, 'r+');
      fsyncSync(file);
      closeSync(file);
      renameSync(this.#partial, this.#path);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Leaves nothing of a file that is not finished. */
  abandon(): void {
    rmSync(this.#partial, { force: true });
  }

  #flush(): void {
    void this.#parquet.write({ columnData: this.#columns(), rowGroupSize: GROUP_ROWS });
    this.#values = COLUMNS.map(() => []);
    this.#text = 0;
  }

  #columns() {
    return COLUMNS.map(({ name, type, required = false }, at) => ({ name, type, nullable: !required, data: this.#values[at]! }));
  }
}
