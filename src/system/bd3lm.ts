/**
 * BD3-LM: block discrete denoising diffusion (Arriola et al. 2025). Autoregressive over blocks, masked
 * diffusion inside each, so texts of any length can be written and finished blocks are computed once.
 *
 * - factorisation: p(x0) = product over blocks b of p(x0^b | x0^<b), each by masked diffusion
 * - objective: the sum of the blocks' bounds. All blocks are trained in one pass, on the noisy text
 *   beside the clean one: a noisy block sees itself and the clean blocks before it. Each block has a
 *   noise level of its own. Training clips the mask rates to the interval under which the loss varies
 *   least, searched anew at every validation; scoring never clips
 * - network: block-causal, and not told the time; best started from a network of whole windows
 *   (`--init`), as in the paper's second phase
 * - sampling: block after block, with an exact cache of finished blocks
 *
 * With blocks of one place that are always masked, this is the autoregressive likelihood; with a
 * block as long as the window, it is MDLM.
 *
 * @module
 */
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { UnmaskError } from "../errors.ts";
import { masked } from "../objective/masked.ts";
import { clippedRate, continuousTime, wholeInterval } from "../objective/masking.ts";
import type { Interval } from "../objective/masking.ts";
import { scheduleOption } from "./options.ts";
import { system } from "./system.ts";

/** The paper's grid: widths 0.5 to 0.9 at every offset that is a multiple of 0.05, and no clipping. */
const candidates: readonly Interval[] = [
  wholeInterval,
  ...[10, 12, 14, 16, 18].flatMap((width) =>
    Array.from({ length: 20 - width + 1 }, (_, offset) => ({
      low: Math.max(wholeInterval.low, offset / 20),
      high: (offset + width) / 20,
    })),
  ),
];

function checkInterval(interval: Interval): Interval {
  if (interval.low <= interval.high) return interval;
  throw new UnmaskError(
    "usage",
    `system bd3lm: low must be at most high, got ${interval.low} and ${interval.high}`,
  );
}

export const bd3lm = system(
  {
    name: "bd3lm",
    summary: "block diffusion: block after block from the left, masked diffusion within each",
    paper: "Arriola et al. 2025, arXiv 2503.09573",
    options: {
      block: { type: "integer", default: 16, minimum: 1, summary: "tokens of a block" },
      schedule: scheduleOption("log-linear"),
      clip: {
        type: "choice",
        default: "search",
        choices: ["search", "fixed", "none"],
        summary:
          "mask rates of training: search = where the loss varies least, fixed = low to high, none = all, by the schedule",
      },
      low: { type: "number", default: 0.45, above: 0, maximum: 1, summary: "least mask rate" },
      high: { type: "number", default: 0.95, above: 0, maximum: 1, summary: "greatest mask rate" },
    },
  },
  ({ block, schedule: name, clip, low, high }) => ({
    attention: { kind: "block", size: block },
    infills: true,
    timed: false,
    rule: "first-hitting",
    create(states) {
      const { maskId } = states;
      const schedule = createSchedule(name);
      const unclipped = masked({ maskId, block, masking: continuousTime(schedule) });
      const clipped = (interval: Interval) =>
        masked({ maskId, block, masking: clippedRate(interval) });
      const always = { maskId, block, masking: clippedRate({ low: 1, high: 1 }), exact: true };
      return {
        process: absorbing({ states, schedule }),
        objective:
          clip === "fixed"
            ? clipped(checkInterval({ low, high }))
            : clip === "search"
              ? clipped(wholeInterval)
              : unclipped,
        bound: block === 1 ? masked(always) : unclipped,
        search: clip === "search" ? { candidates, objective: clipped } : undefined,
        sees: "beside",
      };
    },
  }),
);
