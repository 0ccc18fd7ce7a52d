/**
 * Numbers as people read them: 12.3k, 1.2M, 3m20s, 45.1 MB.
 *
 * @module
 */

const thousands = ["", "k", "M", "G", "T", "P"] as const;

/**
 * A count in three or four characters.
 *
 * @example
 * ```ts
 * formatCount(950); // "950"
 * formatCount(12_345); // "12.3k"
 * formatCount(999_960); // "1.0M"
 * ```
 */
export function formatCount(count: number): string {
  return scaled(count, 1000, thousands, "");
}

/** A size in bytes, decimal units: `45.1 MB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1000, thousands, " ") + "B";
}

function scaled(value: number, base: number, units: readonly string[], space: string): string {
  if (!Number.isFinite(value)) return String(value) + space;
  let rest = Math.abs(value);
  let unit = 0;
  // 999.95 would be printed as 1000.0.
  while (unit < units.length - 1 && (unit === 0 ? rest >= base : rest >= base - 0.05)) {
    rest /= base;
    unit += 1;
  }
  const digits =
    unit > 0 ? rest.toFixed(1) : Number.isInteger(rest) ? String(rest) : rest.toFixed(1);
  return (value < 0 ? "-" : "") + digits + space + units[unit]!;
}

/**
 * A duration in its two largest units.
 *
 * @example
 * ```ts
 * formatDuration(0.0123); // "12ms"
 * formatDuration(4.26); // "4.3s"
 * formatDuration(200); // "3m20s"
 * formatDuration(9_000); // "2h30m"
 * ```
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)}ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A measured number with four significant digits, without an exponent between 0.0001 and 10^6. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(size)));
  return value.toFixed(digits);
}
