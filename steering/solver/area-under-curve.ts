import { sorted } from './quantiles.ts';

/** The chance that a harmful prompt scores above a benign one (ties count half). */
export function areaUnderCurve(benign: ArrayLike<number>, harmful: ArrayLike<number>): number {
  const ascending = sorted(benign);
  const below = (value: number, orEqual: boolean) => {
    let low = 0;
    let high = ascending.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ascending[middle]! < value || (orEqual && ascending[middle] === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let sum = 0;
  for (let i = 0; i < harmful.length; i++) sum += (below(harmful[i]!, false) + below(harmful[i]!, true)) / 2;
  return sum / (ascending.length * harmful.length);
}
