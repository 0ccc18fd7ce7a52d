/**
 * MDLM: simple and effective masked diffusion language models (Sahoo et al. 2024).
 *
 * - process: absorbing; a token is masked with probability 1 - alpha(t) and stays masked
 * - parameterisation: SUBS; the network says p(x0_i | x_t) and never proposes the mask, and what is
 *   not masked is carried over
 * - objective: the continuous-time bound, a cross-entropy on masked places weighted by
 *   -alpha' / (1 - alpha); low-discrepancy times
 * - network: bidirectional, and not told the time, which the masks themselves show
 * - sampling: ancestral, from t = 1 (all masks) to t = 0
 *
 * @module
 */
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { masked } from "../objective/masked.ts";
import type { SystemKind } from "./system.ts";

export const mdlm: SystemKind = {
  name: "mdlm",
  summary: "masked diffusion: starts from a canvas of masks and reveals places in any order",
  paper: "Sahoo et al. 2024, arXiv 2406.07524",
  attention: { kind: "bidirectional" },
  infills: true,
  schedule: "log-linear",
  rule: "ancestral",
  create: ({ size, maskId }, { schedule = "log-linear" } = {}) => ({
    objective: masked({
      process: absorbing({ size, maskId }),
      schedule: createSchedule(schedule),
      maskId,
    }),
    sees: "beside",
  }),
};
