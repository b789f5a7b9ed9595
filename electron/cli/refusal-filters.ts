/** The filters that `steady refusals list` and `export` share. */
import { Option, type Command } from 'commander';
import { judgement, loggedCause, verdict, type RefusalFacets, type RefusalFilter } from '../contract/index.ts';
import { UsageError } from './errors.ts';
import { decimal } from './options.ts';

export interface FilterOptions {
  from?: number;
  to?: number;
  model?: string[];
  profile?: string[];
  cause?: string[];
  verdict?: string[];
  review?: string[];
  minScore?: number;
  maxScore?: number;
  reported?: boolean;
  benign?: boolean;
  query?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A day in local time, or a moment as ISO 8601 writes it. */
function moment(value: string): number {
  const time = Date.parse(DATE.test(value) ? `${value}T00:00:00` : value);
  if (Number.isNaN(time) || time < 0) throw new UsageError(`"${value}" is no date.`, 'Write 2026-05-31, or 2026-05-31T18:00:00Z.');
  return time;
}
/** A day counts to its end. */
const until = (value: string): number => moment(value) + (DATE.test(value) ? DAY_MS : 0);

const several = (name: string, text: string, choices: readonly string[]) =>
  new Option(`--${name} <${name}...>`, text).choices([...choices]);

export function addFilters(command: Command): Command {
  return command
    .option('--from <date>', 'from this day or moment on', moment)
    .option('--to <date>', 'until the end of this day, or before this moment', until)
    .option('--model <name...>', 'by name, or by the beginning of its SHA-256')
    .option('--profile <name...>', 'by name, by the beginning of its SHA-256, or "none"')
    .addOption(several('cause', 'why it is in the log', loggedCause.options))
    .addOption(several('verdict', 'what the reply did', verdict.options))
    .addOption(several('review', 'the last review', [...judgement.options, 'none']))
    .option('--min-score <c>', 'highest score of any layer: at least', decimal(-1e9, 1e9))
    .option('--max-score <c>', 'highest score of any layer: at most', decimal(-1e9, 1e9))
    .option('--reported', 'reported by the user as wrong')
    .option('--benign', "in the next calibration's benign set")
    .option('--query <words>', 'words that occur in the prompt or the reply');
}

/** @param facets of the log, for the names of models and profiles. @throws UsageError for a name that is not in the log. */
export function toFilter(options: FilterOptions, facets: RefusalFacets): RefusalFilter {
  const find = (what: string, known: RefusalFacets['models'], wanted: string[]): string[] =>
    wanted.flatMap((name) => {
      const found = known.filter(
        (facet) => facet.name === name || facet.value === name || (/^[0-9a-f]{8,}$/.test(name) && facet.value.startsWith(name)),
      );
      if (found.length === 0)
        throw new UsageError(`No entry of the refusal log has the ${what} "${name}".`, 'steady refusals list --json shows their names.');
      return found.map(({ value }) => value);
    });
  const { from, to, minScore, maxScore, query } = options;
  const given = { from, to, minScore, maxScore, query };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(options.model === undefined ? {} : { models: find('model', facets.models, options.model) }),
    ...(options.profile === undefined ? {} : { profiles: find('profile', facets.profiles, options.profile) }),
    ...(options.cause === undefined ? {} : { causes: options.cause.map((value) => loggedCause.parse(value)) }),
    ...(options.verdict === undefined ? {} : { verdicts: options.verdict.map((value) => verdict.parse(value)) }),
    ...(options.review === undefined
      ? {}
      : { reviews: options.review.map((value) => (value === 'none' ? value : judgement.parse(value))) }),
    ...(options.reported === true ? { reported: true } : {}),
    ...(options.benign === true ? { benign: true } : {}),
  };
}
