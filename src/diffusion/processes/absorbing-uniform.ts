/**
 * Masks and random tokens together (D3PM, Austin et al., 2021, appendix A.2.6): in each step a token is
 * masked, or else redrawn, or else stays. Two clocks, and so no matrices: the rates that were asked for
 * redraw; the masks come so that a chosen share of pure noise is masked.
 *
 * ```
 * Q_t = (1 - m_t) [(1 - beta_t) I + beta_t / K] + m_t to the mask,   m_t = 1 / (T / share - t + 1)
 * ```
 *
 * With share 2/3 and T = 2: m is 1/3, then 1/2, so 1 - 2/3 * 1/2 = 2/3 are masked in the end.
 *
 * @module
 */
import { chances, checkSteps, tableClock } from "../chain-clock.ts";
import { UnmaskError } from "../../errors.ts";
import type { Clock, Process, ProcessKind, ProcessSetting } from "../process.ts";
import { mixture } from "../mixture.ts";

/** The process of both noises; in continuous time both follow the schedule. */
export function absorbingUniform(setting: ProcessSetting): Process {
  const { states, masked = 2 / 3 } = setting;
  if (!(masked > 0 && masked < 1))
    throw new UnmaskError(
      "usage",
      `process absorbing-uniform: the masked share must be above 0 and below 1, got ${masked}; use absorbing or uniform`,
    );
  return mixture({
    name: "absorbing-uniform",
    states,
    masked,
    keepsRevealed: false,
    ...clocksOf(setting, masked),
  });
}

function clocksOf(setting: ProcessSetting, masked: number) {
  if (setting.steps === undefined) {
    const { alpha, alphaDerivative } = setting.schedule;
    const unmasked: Clock = {
      alpha: (t) => 1 - masked * (1 - alpha(t)),
      ...(alphaDerivative ? { alphaDerivative: (t) => masked * alphaDerivative(t) } : {}),
    };
    return { kept: setting.schedule, unmasked };
  }
  const { steps, rates } = setting;
  checkSteps(steps);
  const masks = Float64Array.from({ length: steps }, (_, i) => 1 / (steps / masked - i));
  return {
    steps,
    kept: tableClock(chances(rates.betas(steps, undefined))),
    unmasked: tableClock(masks),
  };
}

/** The table's line. */
export const absorbingUniformKind: ProcessKind = {
  name: "absorbing-uniform",
  summary: "tokens are replaced by random tokens, and in the end two thirds by the mask",
  paper: "D3PM (Austin et al., 2021), appendix A.2.6",
  keepsRevealed: false,
  continuous: true,
  embeds: false,
  create: absorbingUniform,
};
