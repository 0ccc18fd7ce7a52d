/**
 * Uniform diffusion: a token is replaced by any token with equal chances, again and again
 * (D3PM, Austin et al., 2021, "uniform"; UDLM, Schiff et al., 2024). No token is ever final, so a
 * sampler can correct itself. The mask is not one of the tokens.
 *
 * @module
 */
import type { Process, ProcessKind, States } from "../process.ts";
import { interpolating } from "./interpolating.ts";

/** The uniform process on `size` ids; the mask takes no part. */
export function uniform({ size, maskId }: States): Process {
  const noise = new Float64Array(size).fill(1 / (size - 1));
  noise[maskId] = 0;
  return interpolating({ name: "uniform", keepsRevealed: false, noise });
}

/** The table's line. */
export const uniformKind: ProcessKind = {
  name: "uniform",
  summary: "tokens are replaced by random tokens, again and again",
  paper: "D3PM (Austin et al., 2021), UDLM (Schiff et al., 2024)",
  keepsRevealed: false,
  create: uniform,
};
