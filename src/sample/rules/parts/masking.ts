/**
 * What rules that mask places, or count masked ones, need of a process.
 *
 * @module
 */
import type { Process } from "../../../diffusion/process.ts";
import { UnmaskError } from "../../../errors.ts";

/**
 * Refuses processes whose tokens may change without a mask.
 *
 * @throws UnmaskError "usage" for such a process.
 */
export function needMasking(rule: string, process: Process): void {
  if (process.keepsRevealed) return;
  throw new UnmaskError(
    "usage",
    `rule ${rule}: needs a process that only masks, got ${process.name}; use --rule ancestral`,
  );
}
