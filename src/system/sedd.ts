/**
 * SEDD: score entropy discrete diffusion (Lou et al. 2023).
 *
 * - process: absorbing or uniform, in continuous time
 * - parameterisation: log-scores, log p_t(y) / p_t(x) for every token y in place of the current x; with
 *   the absorbing graph scaled by the noise, so that the network's output is of order 1 at all times
 * - objective: score entropy, a bound of the likelihood
 * - network: bidirectional, and told the total noise sigma(t)
 * - sampling: `tweedie` (the paper's analytic sampler) or `euler`; given tokens are clamped
 *
 * The absorbing graph goes with log-linear noise, the uniform one with geometric noise.
 *
 * @module
 */
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { uniform } from "../diffusion/processes/uniform.ts";
import { sigma } from "../diffusion/schedule.ts";
import { createSchedule, scheduleNames } from "../diffusion/schedules/index.ts";
import {
  absorbingScoreEntropy,
  directScores,
  uniformScoreEntropy,
} from "../objective/score-entropy.ts";
import { system } from "./system.ts";

/** The graphs, each with the noise that the paper pairs it with. */
const graphs = {
  absorb: { schedule: "log-linear" },
  uniform: { schedule: "geometric" },
} as const;

export const sedd = system(
  {
    name: "sedd",
    summary: "diffusion by scores: the network says how much likelier each other token would be",
    paper: "Lou et al. 2023, arXiv 2310.16834",
    options: {
      graph: {
        type: "choice",
        default: "absorb",
        choices: Object.keys(graphs),
        summary: "what noise does to a token: absorb = masks it, uniform = redraws it",
      },
      schedule: {
        type: "choice",
        default: "paired",
        choices: ["paired", ...scheduleNames],
        summary: "how fast the noise comes; paired = log-linear for absorb, geometric for uniform",
      },
    },
  },
  ({ graph, schedule: name }) => ({
    attention: { kind: "bidirectional" },
    infills: true,
    timed: true,
    rule: "tweedie",
    create(states) {
      const chosen = name === "paired" ? graphs[graph as keyof typeof graphs].schedule : name;
      const schedule = createSchedule(chosen);
      const tell = (t: number): number => sigma(schedule, t);
      const common = { sees: "beside", answers: "score", tell } as const;
      if (graph === "uniform") {
        const process = uniform({ states, schedule });
        const objective = uniformScoreEntropy({ process, tell, scores: directScores });
        return { ...common, process, objective, bound: objective };
      }
      const process = absorbing({ states, schedule });
      // log(e^sigma - 1) + log(number of tokens): a network that says 0 everywhere is right on average.
      const scoreShift = (t: number): number =>
        Math.log(Math.expm1(sigma(schedule, t))) + Math.log(states.size - 1);
      const objective = absorbingScoreEntropy({ process, tell, shift: scoreShift });
      return { ...common, process, objective, bound: objective, scoreShift };
    },
  }),
);
