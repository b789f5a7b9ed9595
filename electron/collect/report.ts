/** The report over machines: one HTML file that loads nothing and runs nothing. */
import { html, type Markup } from '../report/html.ts';
import { STYLE } from '../report/style.ts';
import type { Collected, MachineReport } from './collect.ts';

const STATES: Record<MachineReport['state'], string> = {
  whole: 'whole',
  'not-whole': 'NOT WHOLE',
  unreadable: 'not readable',
  'older-copy': 'older copy, whole',
};
const CAUSES = ['steered', 'both', 'model', 'answered'] as const;
const day = (at: number | null) => (at === null ? '–' : new Date(at).toISOString().slice(0, 10));
const number = (value: number) => value.toLocaleString('en');

export function machineReport({ machines, rows }: Collected, { createdAt, appVersion }: { createdAt: Date; appVersion: string }): string {
  const troubled = machines.filter(({ faults }) => faults.length > 0);
  const counted = machines.filter(({ state }) => state !== 'older-copy' && state !== 'unreadable');
  const total = (of: (machine: MachineReport) => number) => number(counted.reduce((sum, machine) => sum + of(machine), 0));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Refusals of ${counted.length} machines</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>
          <h1>Refusals of ${counted.length} ${counted.length === 1 ? 'machine' : 'machines'}</h1>
          <p class="soft">
            Collected ${createdAt.toISOString().slice(0, 16).replace('T', ' ')} UTC by Steady ${appVersion}. ${number(rows)} entries.
          </p>
          ${
            troubled.length === 0
              ? html`<p>Every log is whole: no row was changed, dropped, added or moved.</p>`
              : html`<h2>What is wrong</h2>
                  <ul>
                    ${troubled.map(fault)}
                  </ul>`
          }
          <h2>Machines</h2>
          <div class="scroll" tabindex="0" role="region" aria-label="Machines">
            <table>
              <thead>
                <tr>
                  <th scope="col">Machine</th>
                  <th scope="col">Log</th>
                  <th scope="col">Entries</th>
                  <th scope="col">Steered</th>
                  <th scope="col">Both</th>
                  <th scope="col">Model’s own</th>
                  <th scope="col">Answered</th>
                  <th scope="col">Reported</th>
                  <th scope="col">Judged wrong</th>
                  <th scope="col">First</th>
                  <th scope="col">Last</th>
                  <th scope="col">Models</th>
                  <th scope="col">Head</th>
                </tr>
              </thead>
              <tbody>
                ${machines.map(row)}
                <tr>
                  <th scope="row">All</th>
                  <td></td>
                  <td>${total(({ numbers }) => numbers.rows)}</td>
                  ${CAUSES.map((cause) => html`<td>${total(({ numbers }) => numbers.causes[cause] ?? 0)}</td>`)}
                  <td>${total(({ numbers }) => numbers.reported)}</td>
                  <td>${total(({ numbers }) => numbers.reviews['wrong'] ?? 0)}</td>
                  <td></td>
                  <td></td>
                  <td></td>
                  <td></td>
                </tr>
              </tbody>
            </table>
          </div>
          <p>
            “Answered” entries are no refusals: protection pushed, and the model answered. A head that was noted elsewhere proves that
            nothing before it was cut off or changed since.
          </p>
        </main>
      </body>
    </html> `.text;
}

function fault({ machine, faults }: MachineReport): Markup {
  return html`<li><strong>${machine}</strong>: ${faults.map(({ message }) => message).join(' ')}</li>`;
}

function row({ machine, kind, state, key, numbers, headSeq, head }: MachineReport): Markup {
  const models = numbers.models.slice(0, 3).join(', ') + (numbers.models.length > 3 ? ' …' : '');
  return html`<tr>
    <th scope="row">
      ${machine}<small class="soft">${kind === 'bundle' ? ' bundle' : ''}${key === null ? '' : ` key ${key.slice(0, 12)}…`}</small>
    </th>
    <td>${STATES[state]}</td>
    <td>${number(numbers.rows)}</td>
    ${CAUSES.map((cause) => html`<td>${number(numbers.causes[cause] ?? 0)}</td>`)}
    <td>${number(numbers.reported)}</td>
    <td>${number(numbers.reviews['wrong'] ?? 0)}</td>
    <td>${day(numbers.first)}</td>
    <td>${day(numbers.last)}</td>
    <td>${models}</td>
    <td>${head === '' ? '' : `${headSeq}: ${head.slice(0, 16)}…`}</td>
  </tr>`;
}
