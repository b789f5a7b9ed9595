/** The report's style sheet. Colours of verdicts are told apart by the colour-blind as well; none is the only sign of anything. */
import { Markup } from './html.ts';

export const STYLE = new Markup(`
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --text: #1c1d20; --soft: #5c6068; --line: #dcdee2; --track: #eceef1;
  --refused: #0067a5; --partial: #d08a00; --degenerate: #b3401f; --complied: #9aa3ad; --plain: #3b7a57; }
@media (prefers-color-scheme: dark) { :root { --page: #151618; --card: #1d1f22; --text: #e8e9eb; --soft: #a3a8b0; --line: #33363b; --track: #2a2d31;
  --refused: #4fa8de; --partial: #e3aa3b; --degenerate: #e2734f; --complied: #666e78; --plain: #6fbf92; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 84rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.25rem 0 .25rem; }
p { margin: .4rem 0; max-width: 60rem; }
.soft, caption { color: var(--soft); font-size: .9rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .6rem .75rem .2rem; }
th, td { padding: .45rem .75rem; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; font-weight: 600; font-size: .85rem; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 9rem; }
td { white-space: nowrap; }
td small { display: block; color: var(--soft); white-space: nowrap; }
td.bar { min-width: 10rem; }
svg { display: block; width: 100%; height: 16px; overflow: visible; }
.track { fill: var(--track); } .whisker { stroke: var(--text); stroke-width: 1.5; }
.refused { fill: var(--refused); } .partial { fill: var(--partial); } .degenerate { fill: var(--degenerate); } .complied { fill: var(--complied); }
.correct, .identical { fill: var(--plain); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: .5rem 0; padding: 0; font-size: .9rem; }
.legend svg { display: inline-block; width: 12px; height: 12px; margin-right: .4rem; vertical-align: -1px; }
.note { border-left: 3px solid var(--partial); padding-left: .75rem; }
a { color: inherit; } a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--refused); outline-offset: 2px; }
@media print { .scroll { overflow: visible; } }
`);
