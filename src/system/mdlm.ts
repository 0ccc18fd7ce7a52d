/**
 * MDLM: simple and effective masked diffusion language models (Sahoo et al. 2024).
 *
 * - process: absorbing; a token is masked with probability 1 - alpha(t) and stays masked
 * - parameterisation: SUBS; the network says p(x0_i | x_t) and never proposes the mask, and what is
 *   not masked is carried over
 * - objective: the bound, a cross-entropy on masked places weighted by -alpha' / (1 - alpha) in
 *   continuous time, or by the chance of being revealed in a step of discrete time; with
 *   `times=importance` the change of variables that gives every masked place the same weight. With
 *   `loss=masked` training follows the plain cross-entropy of masks, which is no bound and learns faster
 * - network: bidirectional, and not told the time, which the masks themselves show
 * - sampling: ancestral, from t = 1 (all masks) to t = 0; or `remask`, which reconsiders (ReMDM)
 *
 * @module
 */
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { UnmaskError } from "../errors.ts";
import { sigma } from "../diffusion/schedule.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { masked } from "../objective/masked.ts";
import { continuousTime, discreteTime, evenWeights, importanceTime } from "../objective/masking.ts";
import { scheduleOption } from "./options.ts";
import { system } from "./system.ts";

export const mdlm = system(
  {
    name: "mdlm",
    summary: "masked diffusion: starts from a canvas of masks and reveals places in any order",
    paper: "Sahoo et al. 2024, arXiv 2406.07524",
    options: {
      schedule: scheduleOption("log-linear"),
      timesteps: {
        type: "integer",
        default: 0,
        minimum: 0,
        summary: "steps of discrete time; 0 = continuous time",
      },
      times: {
        type: "choice",
        default: "uniform",
        choices: ["uniform", "importance"],
        summary: "how training draws noise levels; importance = so that every mask counts the same",
      },
      loss: {
        type: "choice",
        default: "bound",
        choices: ["bound", "masked"],
        summary:
          "what training follows: the bound, or the cross-entropy of masks, which all count the same",
      },
      timed: { type: "flag", default: false, summary: "tell the network the noise level" },
    },
  },
  ({ schedule: name, timesteps, times, loss, timed }) => ({
    attention: { kind: "bidirectional" },
    infills: true,
    timed,
    rule: "ancestral",
    create({ size, maskId }) {
      if (timesteps > 0 && times === "importance")
        throw new UnmaskError(
          "usage",
          `system mdlm: times=importance needs continuous time, got timesteps=${timesteps}; leave one of them out`,
        );
      if (loss === "masked" && times === "importance")
        throw new UnmaskError(
          "usage",
          "system mdlm: times=importance is a way to follow the bound, got loss=masked; leave one of them out",
        );
      const schedule = createSchedule(name);
      const tell = timed ? (t: number) => sigma(schedule, t) : undefined;
      const masking = timesteps > 0 ? discreteTime(schedule, timesteps) : continuousTime(schedule);
      const bound = masked({ maskId, masking, tell });
      const followed = times === "importance" ? importanceTime(schedule) : masking;
      return {
        process: absorbing({ states: { size, maskId }, schedule }),
        objective: masked({
          maskId,
          masking: loss === "masked" ? evenWeights(followed) : followed,
          tell,
        }),
        bound,
        sees: "beside",
        tell,
      };
    },
  }),
);
