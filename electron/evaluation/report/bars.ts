/** Small bars as inline SVG. Lengths are percentages, so that they fit whatever column they stand in. */
import type { Interval } from '../intervals.ts';
import { html, type Markup } from '../../report/html.ts';

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** Shares that make up a whole, in order. */
export function stackedBar(parts: readonly { name: string; share: number }[], label: string): Markup {
  let from = 0;
  const rects = parts.map(({ name, share }) => {
    const rect = html`<rect class="${name}" x="${percent(from)}" width="${percent(share)}" height="16" />`;
    from += share;
    return share === 0 ? '' : rect;
  });
  return html`<svg role="img" aria-label="${label}">
    <rect class="track" width="100%" height="16" rx="2" />
    ${rects}
  </svg>`;
}

/** One share with its interval as a whisker. */
export function shareBar(name: string, share: number, [low, high]: Interval, label: string): Markup {
  return html`<svg role="img" aria-label="${label}">
    <rect class="track" width="100%" height="16" rx="2" />
    <rect class="${name}" width="${percent(share)}" height="16" rx="2" />
    <line class="whisker" x1="${percent(low)}" x2="${percent(high)}" y1="8" y2="8" />
    <line class="whisker" x1="${percent(low)}" x2="${percent(low)}" y1="4" y2="12" />
    <line class="whisker" x1="${percent(high)}" x2="${percent(high)}" y1="4" y2="12" />
  </svg>`;
}
