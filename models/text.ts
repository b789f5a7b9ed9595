/** Numbers as people read them. */

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size in decimal units, as disks and downloads are sold: `491 MB`, `4.7 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit >= 3 && value < 99.5 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
