/**
 * Uniform diffusion: a token is replaced by any token with equal chances, again and again
 * (D3PM, Austin et al., 2021, "uniform"; UDLM, Schiff et al., 2024). No token is ever final, so a
 * sampler can correct itself. The mask is not one of the tokens.
 *
 * @module
 */
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import { mixture } from "./mixture.ts";

/** The uniform process: never redrawn with probability alpha(t); the mask takes no part. */
export function uniform({ states, schedule }: ProcessSetting): Process {
  return mixture({
    name: "uniform",
    states,
    kept: schedule,
    masked: 0,
    keepsRevealed: false,
  });
}

/** The table's line. */
export const uniformKind: ProcessKind = {
  name: "uniform",
  summary: "tokens are replaced by random tokens, again and again",
  paper: "D3PM (Austin et al., 2021), UDLM (Schiff et al., 2024)",
  keepsRevealed: false,
  create: uniform,
};
