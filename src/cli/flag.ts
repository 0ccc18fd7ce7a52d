/**
 * How options are written.
 *
 * @module
 */

/** `minLr` -> `--min-lr`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
