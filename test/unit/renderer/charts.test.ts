/** The charts say in words and numbers what they draw, and can be worked by keyboard. */
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, test } from 'vitest';
import BarChart from '../../../renderer/lib/components/charts/BarChart.svelte';
import Histogram from '../../../renderer/lib/components/charts/Histogram.svelte';
import LineChart from '../../../renderer/lib/components/charts/LineChart.svelte';
import ScatterFrontier from '../../../renderer/lib/components/charts/ScatterFrontier.svelte';
import { everyNth, extent, formatNumber, formatShare, linear, niceDomain, ticks } from '../../../renderer/lib/components/charts/scale.ts';

let mounted: Record<string, unknown>[] = [];
afterEach(() => {
  for (const component of mounted) void unmount(component);
  mounted = [];
  document.body.replaceChildren();
});

function render<Props extends Record<string, unknown>>(
  component: Parameters<typeof mount<Props, Record<string, unknown>>>[0],
  props: Props,
) {
  mounted.push(mount(component, { target: document.body, props }));
  flushSync();
}

/** Opens the numbers and reads them, a row a line. */
function numbers(): string[][] {
  document.querySelector<HTMLButtonElement>('.numbers button')!.click();
  flushSync();
  return [...document.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
}

const summary = () => {
  const id = document.querySelector('figure')!.getAttribute('aria-describedby')!;
  return document.getElementById(id)!.textContent;
};

describe('axes', () => {
  test('marks are round, inside, and written without rounding noise', () => {
    expect(ticks(0, 1, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-0.3, 0.31, 3)).toEqual([-0.2, 0, 0.2]);
    expect(ticks(0, 97_000, 4)).toEqual([0, 20_000, 40_000, 60_000, 80_000]);
    expect(ticks(5, 5, 4)).toEqual([5]);
    expect(ticks(Number.NaN, 1, 4)).toHaveLength(1);
  });

  test('domains end on marks and are never empty', () => {
    expect(niceDomain(0, 97, 4)).toEqual([0, 100]);
    expect(niceDomain(0, 0, 4)).toEqual([0, 1]);
    expect(niceDomain(3, 3, 4)[1]).toBeGreaterThan(3);
    expect(extent([null, 2, Number.NaN, -1])).toEqual([-1, 2]);
    expect(extent([])).toEqual([0, 1]);
    expect(linear([1, 1], [0, 10])(1)).toBe(5);
  });

  test('numbers and shares are written as people read them', () => {
    expect([0, -0.0432, 1234.5, 12.34, 1.2e-7].map(formatNumber)).toEqual(['0', '−0.043', '1,235', '12.3', '1.2e-7']);
    expect([0, 0.004, 0.5, 0.999, 1].map(formatShare)).toEqual(['0 %', '0.4 %', '50 %', '99.9 %', '100 %']);
    expect(everyNth(10, 4)).toEqual([0, 3, 6, 9]);
    expect(everyNth(0, 4)).toEqual([]);
  });
});

describe('a histogram', () => {
  test('tells how much of each kind lies above the threshold', () => {
    render(Histogram, { title: 'Layer 9', edges: [0, 1, 2, 3], benign: [98, 2, 0], harmful: [0, 2, 6], threshold: 1.5 });
    expect(summary()).toContain('About 88 % of the harmful and 1 % of the benign lie above the threshold of 1.5');
    expect(numbers()).toEqual([
      ['0 – 1', '98', '0'],
      ['1 – 2', '2', '2'],
      ['2 – 3', '0', '6'],
    ]);
  });

  test('of nothing draws no broken shapes', () => {
    render(Histogram, { title: 'Empty', edges: [], benign: [], harmful: [], threshold: 0.5 });
    expect(document.querySelector('svg')!.innerHTML).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('a line chart', () => {
  const day = 86_400_000;
  test('leaves gaps where nothing is known', () => {
    render(LineChart, {
      title: 'Refusals a day',
      times: [0, day, 2 * day, 3 * day, 4 * day],
      series: [{ label: 'All', tone: 'first', values: [1, 2, null, 4, 5] }],
    });
    expect(document.querySelectorAll('path.line')).toHaveLength(2);
    expect(summary()).toContain('between 1 and 5, last 5');
    expect(numbers()[2]).toEqual(['3 Jan', '–']);
  });

  test('of one day or none draws no broken shapes', () => {
    for (const times of [[], [5 * day]]) {
      render(LineChart, { title: 'Short', times, series: [{ label: 'All', tone: 'first', values: times.map(() => 3) }] });
      expect(document.querySelector('svg')!.innerHTML).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(document.querySelectorAll('circle')).toHaveLength(1);
  });
});

describe('a bar chart', () => {
  test('draws negative values downwards and leaves unknown ones out', () => {
    render(BarChart, {
      title: 'Scores',
      category: 'Layer',
      series: [{ label: 'Score', tone: 'first' }],
      bars: [
        { label: '6', values: [-1], strong: false, note: 'added nothing' },
        { label: '7', values: [2] },
        { label: '8', values: [null] },
      ],
    });
    const rects = [...document.querySelectorAll('rect')];
    expect(rects).toHaveLength(2);
    expect(Number(rects[0]!.getAttribute('y'))).toBeCloseTo(Number(rects[1]!.getAttribute('y')) + Number(rects[1]!.getAttribute('height')));
    expect(summary()).toContain('highest 2 at layer 7');
    expect(numbers()).toEqual([
      ['6', '−1', 'added nothing'],
      ['7', '2', ''],
      ['8', '–', ''],
    ]);
  });
});

describe('the frontier', () => {
  const points = [
    { cost: 0, safety: 0.5, label: 'a', onFrontier: true },
    { cost: 0.02, safety: 0.4, label: 'b', onFrontier: false },
    { cost: 0.01, safety: 0.9, label: 'c', onFrontier: true, proposed: true },
    { cost: 0.05, safety: 0.95, label: 'd', onFrontier: true },
  ];

  function frontier(over: object = {}) {
    const chosen: number[] = [];
    render(ScatterFrontier, { title: 'Trade-off', points, selected: 0, onSelect: (index: number) => chosen.push(index), ...over });
    const slider = document.querySelector<HTMLElement>('[role=slider]')!;
    const press = (key: string) => {
      slider.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      flushSync();
    };
    return { chosen, slider, press };
  }

  test('is a slider that walks along the best trade-offs and tells them in words', () => {
    const { chosen, slider, press } = frontier();
    for (const key of ['ArrowRight', 'ArrowUp', 'ArrowUp', 'ArrowLeft', 'Home', 'End', 'x']) press(key);
    expect(chosen).toEqual([2, 3, 2, 0, 3]);
    expect(slider.getAttribute('aria-valuetext')).toBe('d: 95 % of harmful requests refused, 5 % of benign replies changed');
    expect([slider.getAttribute('aria-valuenow'), slider.getAttribute('aria-valuemax')]).toEqual(['2', '2']);
  });

  test('can be walked point by point, and not at all when disabled', () => {
    const all = frontier({ frontierOnly: false });
    all.press('ArrowRight');
    expect(all.chosen).toEqual([1]);
    document.body.replaceChildren();
    const off = frontier({ disabled: true });
    off.press('ArrowRight');
    expect(off.chosen).toEqual([]);
    expect(off.slider.tabIndex).toBe(-1);
  });

  test('marks the recommended setting in the table', () => {
    frontier();
    expect(numbers()[2]).toEqual(['c', '90 %', '1 %', 'recommended']);
  });
});
