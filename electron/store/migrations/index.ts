/** Every migration there ever was, in order. The number of the last one is the schema's version. */
import { sql as initial } from './0001-initial.ts';
import { sql as admin } from './0003-admin.ts';
import { sql as calibration } from './0004-calibration.ts';

export interface Migration {
  /** 1, 2, 3 … without gaps; stored as the database's `user_version`. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'initial', sql: initial },
  { version: 2, name: 'reserved', sql: '' },
  { version: 3, name: 'admin', sql: admin },
  { version: 4, name: 'calibration', sql: calibration },
];
