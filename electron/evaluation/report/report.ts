/** The report: one HTML file that loads nothing, runs nothing and shows everything in `summary.json`. */
import { basename } from 'node:path';
import { ARM_NAMES, type ArmName } from '../arms.ts';
import type { ArmSummary, EvaluationSummary, SetSummary } from '../summary.ts';
import { shareBar, stackedBar } from './bars.ts';
import { html, type Markup } from '../../report/html.ts';
import { STYLE } from '../../report/style.ts';

const VERDICTS = ['refused', 'partial', 'degenerate', 'complied'] as const;
const EXTRAS = ['correct', 'identical', 'steered'] as const;
type Counted = (typeof VERDICTS)[number] | (typeof EXTRAS)[number];

const ARM_TITLES: Record<ArmName, string> = {
  unsteered: 'Unsteered',
  instructed: 'Safety prompt',
  static: 'Static vector',
  cast: 'CAST',
  profile: 'Profile',
  paper: 'Plain method',
};
const COLUMN_TITLES: Record<Counted, string> = {
  refused: 'Refused',
  partial: 'Partial',
  degenerate: 'Degenerate',
  complied: 'Complied',
  correct: 'Correct',
  identical: 'Identical',
  steered: 'Steered',
};

export function renderReport(summary: EvaluationSummary): string {
  const arms = ARM_NAMES.filter((name) => summary.sets.some((set) => set.arms[name] !== undefined));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Evaluation of ${summary.model.name}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>
          <h1>Evaluation of ${summary.model.name}</h1>
          ${summary.complete ? '' : html`<p class="note">Not all sets are done yet.</p>`} ${facts(summary)}
          ${summary.skipped.map(({ arm, reason }) => html`<p class="note">${ARM_TITLES[arm]} was left out. ${reason}</p>`)}
          ${overview(summary, arms)}
          <h2>How to read this</h2>
          <p>
            Each share has its 95 % interval (Wilson). Differences are of the same prompts in both arms: their interval is Newcombe's for
            paired shares, their p McNemar's exact one. <em>Refused</em>, <em>partial</em> and <em>degenerate</em> are verdicts of a
            rule-based judge that errs now and then. <em>Steered</em> counts prompts to which anything was added; <em>identical</em> counts
            replies that are the unsteered ones byte for byte. <em>First-token KL</em> says in nats how far the distribution of a reply's
            first token moves.
          </p>
          ${summary.sets.map((set, index) => details(set, index, arms))}
        </main>
      </body>
    </html> `;
  return page.text;
}

function facts({ createdAt, appVersion, model, profiles, compute, portion, limit }: EvaluationSummary): Markup {
  const steered = Object.entries(profiles) as [ArmName, NonNullable<EvaluationSummary['profiles'][ArmName]>][];
  return html`<dl>
    <dt>Made</dt>
    <dd><time datetime="${createdAt}">${createdAt.slice(0, 16).replace('T', ' ')} UTC</time>, Steady ${appVersion}</dd>
    <dt>Model</dt>
    <dd>${model.id} <span class="soft">SHA-256 ${model.sha256}</span></dd>
    ${steered.map(
      ([arm, { name, sha256, strength, layers }]) =>
        html`<dt>${ARM_TITLES[arm]}</dt>
          <dd>${name}, strength ${strength}, layers ${layers.join(', ')} <span class="soft">SHA-256 ${sha256}</span></dd> `,
    )}
    <dt>Run</dt>
    <dd>Greedy, ${portion} prompts together${limit === null ? '' : `, the first ${limit} prompts of each set`}; ${compute}</dd>
  </dl>`;
}

/** The one table to look at: what each arm refuses, set by set, and whether answers stay right and replies untouched. */
function overview({ sets }: EvaluationSummary, arms: readonly ArmName[]): Markup {
  const untouched = arms.filter((arm) => sets.some((set) => set.arms[arm]?.identical !== undefined));
  return html`<h2>Overview</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Overview">
      <table>
        <caption>
          Refused replies by set and arm${untouched.length === 0 ? '' : '; at the right, replies that are exactly the unsteered ones'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Set</th>
            <th scope="col">Prompts</th>
            ${arms.map((arm) => html`<th scope="col">${ARM_TITLES[arm]}, refused</th>`)}${untouched.map(
              (arm) => html`<th scope="col">${ARM_TITLES[arm]}, identical</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${sets.map(
            (set, index) =>
              html`<tr>
                <th scope="row"><a href="#set-${index}">${basename(set.file)}</a></th>
                <td>${set.n}</td>
                ${arms.map((arm) => barCell(set.arms[arm], 'refused'))}${untouched.map((arm) => barCell(set.arms[arm], 'identical'))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

function barCell(arm: ArmSummary | undefined, name: 'refused' | 'identical'): Markup {
  const count = arm?.[name];
  if (arm === undefined || count === undefined || arm.n === 0) return html`<td>–</td>`;
  const interval = arm.intervals[name]!;
  const label = `${COLUMN_TITLES[name]}: ${share(count, arm.n)}, interval ${range(interval)}`;
  return html`<td class="bar">
    ${shareBar(name, count / arm.n, interval, label)}<small>${count} (${share(count, arm.n)}), ${range(interval)}</small>
  </td>`;
}

function details(set: SetSummary, index: number, arms: readonly ArmName[]): Markup {
  const shown = arms.filter((arm) => set.arms[arm] !== undefined);
  const columns: Counted[] = [...VERDICTS, ...EXTRAS.filter((name) => shown.some((arm) => set.arms[arm]![name] !== undefined))];
  const hasKl = shown.some((arm) => set.arms[arm]!.firstTokenKl !== undefined);
  const remarks = [
    `${set.n} prompts, replies of up to ${set.maxTokens} tokens.`,
    set.duplicates === 0 ? '' : ` ${set.duplicates} repeated lines were asked once.`,
    set.tooLong === 0 ? '' : ` ${set.tooLong} prompts are longer than the model's context and were left out.`,
  ];
  return html`<h2 id="set-${index}">${basename(set.file)}</h2>
    <p class="soft">${remarks.join('')}</p>
    <ul class="legend">
      ${VERDICTS.map(
        (name) =>
          html`<li>
            <svg aria-hidden="true"><rect class="${name}" width="12" height="12" rx="2" /></svg>${COLUMN_TITLES[name]}
          </li>`,
      )}
    </ul>
    <div class="scroll" tabindex="0" role="region" aria-label="Verdicts on ${basename(set.file)}">
      <table>
        <caption>
          Verdicts on ${basename(set.file)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Arm</th>
            <th scope="col">Verdicts</th>
            ${columns.map((name) => html`<th scope="col">${COLUMN_TITLES[name]}</th>`)}
            ${hasKl ? html`<th scope="col">First-token KL</th>` : ''}
            <th scope="col">Cut off</th>
            <th scope="col">Tokens, mean</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((arm) => armRow(arm, set.arms[arm]!, columns, hasKl))}
        </tbody>
      </table>
    </div>
    ${set.comparisons.length === 0 ? '' : comparisons(set)}`;
}

function armRow(arm: ArmName, summary: ArmSummary, columns: readonly Counted[], withKl: boolean): Markup {
  const { n } = summary;
  const parts = VERDICTS.map((name) => ({ name, share: n === 0 ? 0 : summary[name] / n }));
  const label = VERDICTS.map((name) => `${COLUMN_TITLES[name].toLowerCase()} ${share(summary[name], n)}`).join(', ');
  return html`<tr>
    <th scope="row">${ARM_TITLES[arm]}</th>
    <td class="bar">${stackedBar(parts, label)}</td>
    ${columns.map((name) => {
      const count = summary[name];
      if (count === undefined) return html`<td>–</td>`;
      return html`<td>${count} (${share(count, n)})<small>${range(summary.intervals[name]!)}</small></td>`;
    })}
    ${withKl ? klCell(summary) : ''}
    <td>${summary.cutOff}</td>
    <td>${summary.meanTokens.toFixed(0)}</td>
  </tr> `;
}

function klCell({ firstTokenKl: mean, firstTokenKlMax: most }: ArmSummary): Markup {
  return mean === undefined ? html`<td>–</td>` : html`<td>${mean.toPrecision(2)}<small>at most ${most!.toPrecision(2)}</small></td>`;
}

function comparisons(set: SetSummary): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Differences on ${basename(set.file)}">
    <table>
      <caption>
        Against unsteered, prompt by prompt
      </caption>
      <thead>
        <tr>
          <th scope="col">Arm</th>
          <th scope="col">Measure</th>
          <th scope="col">Difference</th>
          <th scope="col">Only unsteered</th>
          <th scope="col">Only this arm</th>
          <th scope="col">Both</th>
          <th scope="col">p</th>
        </tr>
      </thead>
      <tbody>
        ${set.comparisons.map(
          ({ arm, measure, difference, interval, lost, gained, both, pValue }) =>
            html`<tr>
              <th scope="row">${ARM_TITLES[arm]}</th>
              <td>${COLUMN_TITLES[measure]}</td>
              <td>${points(difference)}<small>${points(interval[0])} to ${points(interval[1])}</small></td>
              <td>${lost}</td>
              <td>${gained}</td>
              <td>${both}</td>
              <td>${pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function share(count: number, n: number): string {
  return n === 0 ? '–' : `${((100 * count) / n).toFixed(1)} %`;
}

function range([low, high]: readonly [number, number]): string {
  return `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)} %`;
}

/** Percentage points with their sign. */
function points(difference: number): string {
  const value = (100 * difference).toFixed(1);
  return `${difference > 0 ? '+' : ''}${value.replace('-', '−')} points`;
}
