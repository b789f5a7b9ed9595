/** Slow and simple dense linear algebra, to check the fast one with. Matrices are arrays of rows. */

export type Dense = number[][];

export function fromRows(values: ArrayLike<number>, d: number): Dense {
  return Array.from({ length: values.length / d }, (_, i) => Array.from({ length: d }, (_, j) => values[i * d + j]!));
}

export function transpose(a: Dense): Dense {
  return a[0] === undefined ? [] : a[0].map((_, j) => a.map((row) => row[j]!));
}

export function multiply(a: Dense, b: Dense): Dense {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => row.reduce((sum, x, i) => sum + x * column[i]!, 0)));
}

export function combine(a: Dense, b: Dense, factor: number): Dense {
  return a.map((row, i) => row.map((x, j) => x + factor * b[i]![j]!));
}

export function identity(d: number): Dense {
  return Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)));
}

/** Solves a·x = b by elimination with pivoting. */
export function solve(a: Dense, b: Dense): Dense {
  const n = a.length;
  const work = a.map((row, i) => [...row, ...b[i]!]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(work[i]![k]!) > Math.abs(work[pivot]![k]!)) pivot = i;
    [work[k], work[pivot]] = [work[pivot]!, work[k]!];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = work[i]![k]! / work[k]![k]!;
      if (factor !== 0) work[i] = work[i]!.map((x, j) => x - factor * work[k]![j]!);
    }
  }
  return work.map((row, i) => row.slice(n).map((x) => x / row[i]!));
}

/** Eigenvalues ascending with eigenvectors as columns, by Jacobi's rotations. */
export function eigen(symmetric: Dense): { values: number[]; vectors: Dense } {
  const n = symmetric.length;
  const a = symmetric.map((row) => [...row]);
  const v = identity(n);
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p]![q]!) <= 1e-17 * Math.sqrt(Math.abs(a[p]![p]! * a[q]![q]!)) || a[p]![q] === 0) continue;
        rotated = true;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (const m of [a, v]) {
          for (const row of m) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
        }
        for (let j = 0; j < n; j++) [a[p]![j], a[q]![j]] = [c * a[p]![j]! - s * a[q]![j]!, s * a[p]![j]! + c * a[q]![j]!];
      }
    }
    if (!rotated) break;
  }
  const order = a.map((_, i) => i).sort((i, j) => a[i]![i]! - a[j]![j]!);
  return { values: order.map((i) => a[i]![i]!), vectors: v.map((row) => order.map((i) => row[i]!)) };
}

/** ‖a − b‖ / ‖b‖ in the Frobenius norm; ‖a‖ where b is nought. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference) / (size === 0 ? 1 : Math.sqrt(size));
}
