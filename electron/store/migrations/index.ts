/** Every migration there ever was, in order. The number of the last one is the schema's version. */
import type { Database } from 'better-sqlite3';
import { sql as initial } from './0001-initial.ts';
import { run as moveRefusals, sql as refusals } from './0002-refusal-reviews.ts';
import { sql as admin } from './0003-admin.ts';
import { sql as calibration } from './0004-calibration.ts';
import { run as makeTimesPossible } from './0005-possible-times.ts';
import { run as followJudgements, sql as wrongRefusals } from './0006-wrong-refusals.ts';
import { run as chainEvents, sql as adminChain } from './0007-admin-chain.ts';
import { sql as order } from './0008-order.ts';
import { sql as tokenScores } from './0009-token-scores.ts';
import { sql as documents } from './0010-documents.ts';
import { sql as apiKeys } from './0011-api-keys.ts';
import { sql as foreignText } from './0012-foreign-text.ts';
import { sql as reasoning } from './0013-reasoning.ts';

export interface Migration {
  /** 1, 2, 3 … without gaps; stored as the database's `user_version`. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** What SQL cannot do; runs after `sql`, in the same transaction. */
  readonly run?: (db: Database) => void;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'initial', sql: initial },
  { version: 2, name: 'refusal-reviews', sql: refusals, run: moveRefusals },
  { version: 3, name: 'admin', sql: admin },
  { version: 4, name: 'calibration', sql: calibration },
  { version: 5, name: 'possible-times', sql: '', run: makeTimesPossible },
  { version: 6, name: 'wrong-refusals', sql: wrongRefusals, run: followJudgements },
  { version: 7, name: 'admin-chain', sql: adminChain, run: chainEvents },
  { version: 8, name: 'order', sql: order },
  { version: 9, name: 'token-scores', sql: tokenScores },
  { version: 10, name: 'documents', sql: documents },
  { version: 11, name: 'api-keys', sql: apiKeys },
  { version: 12, name: 'foreign-text', sql: foreignText },
  { version: 13, name: 'reasoning', sql: reasoning },
];
