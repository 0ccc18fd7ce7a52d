/**
 * D3PM: structured denoising diffusion models in discrete state-spaces (Austin et al. 2021).
 *
 * - process: a chain of T steps on the states of a token, one of many: masks, random tokens, both, near
 *   ids, near embeddings; rates say how much each step destroys
 * - parameterisation: x0; the network says p(x0_i | x_t), and the reverse step follows by Bayes' rule as
 *   if x0 were known (equation 4)
 * - objective: the variational bound, one step drawn for each window, and lambda times the cross-entropy
 *   of x0 beside it (equation 5); the bound alone scores
 * - network: bidirectional, told the step as 1000 t
 * - sampling: ancestral, from the chain's noise; fewer steps than T skip some
 *
 * @module
 */
import { createProcess, processes, processNames } from "../diffusion/processes/index.ts";
import type { ProcessName } from "../diffusion/processes/index.ts";
import { createRates, rateNames } from "../diffusion/rates/index.ts";
import type { ChainRates } from "../diffusion/chain-rates.ts";
import { chainObjective } from "../objective/chain.ts";
import { system } from "./system.ts";

/** Rates that suit a kind of noise: D3PM's, or such that 1000 steps destroy a text. */
interface Habit {
  readonly rates: string;
  /** Where linear rates begin and end, for 1000 steps. */
  readonly low: number;
  readonly high: number;
}

const habits: Readonly<Record<ProcessName, Habit>> = {
  absorbing: { rates: "standard", low: 1e-4, high: 0.02 },
  uniform: { rates: "cosine", low: 1e-4, high: 0.02 },
  "absorbing-uniform": { rates: "standard", low: 1e-4, high: 0.02 },
  band: { rates: "linear", low: 0.02, high: 0.5 },
  gaussian: { rates: "linear", low: 1e-4, high: 0.02 },
  "absorbing-gaussian": { rates: "linear", low: 1e-4, high: 0.02 },
  nearest: { rates: "mutual-information", low: 1e-3, high: 0.1 },
  "nearest-sinkhorn": { rates: "linear", low: 1e-3, high: 0.1 },
  "absorbing-nearest": { rates: "linear", low: 1e-4, high: 2e-3 },
};

export const d3pm = system(
  {
    name: "d3pm",
    summary: "diffusion in discrete time, with masks, random tokens or near ones as noise",
    paper: "Austin et al. 2021, arXiv 2107.03006",
    options: {
      transition: {
        type: "choice",
        default: "absorbing",
        choices: processNames,
        summary: "what noise does to a token",
      },
      timesteps: { type: "integer", default: 1000, minimum: 1, summary: "steps of the chain, T" },
      rates: {
        type: "choice",
        default: "own",
        choices: ["own", ...rateNames],
        summary: "how much each step destroys; own = what suits the transition",
      },
      betaMin: {
        type: "number",
        default: 0,
        minimum: 0,
        summary: "where linear rates begin; 0 = what suits the transition and timesteps",
      },
      betaMax: {
        type: "number",
        default: 0,
        minimum: 0,
        summary: "where linear rates end; 0 = what suits the transition and timesteps",
      },
      lambda: {
        type: "number",
        default: -1,
        minimum: -1,
        summary:
          "weight of the cross-entropy beside each step of the bound; -1 = 0.01 with masks, else 0",
      },
      neighbours: {
        type: "integer",
        default: 5,
        minimum: 1,
        summary: "near tokens of each token, for nearest transitions",
      },
      width: { type: "integer", default: 7, minimum: 3, summary: "ids of a band, odd" },
    },
  },
  ({ transition, timesteps: steps, neighbours, width, lambda, ...pace }) => ({
    attention: { kind: "bidirectional" },
    infills: true,
    timed: true,
    rule: "ancestral",
    embeds: kindOf(transition).embeds,
    create({ size, maskId, embeddings }) {
      const process = createProcess(transition, {
        states: { size, maskId },
        steps,
        rates: ratesOf(habits[transition as ProcessName], steps, pace),
        embeddings,
        neighbours,
        width,
      });
      const tell = (time: number): number => 1000 * time;
      const masks = process.noise[maskId]! > 0;
      const weight = lambda >= 0 ? lambda : masks ? 0.01 : 0;
      return {
        process,
        objective: chainObjective({ process, lambda: weight, tell }),
        bound: chainObjective({ process, lambda: 0, tell }),
        sees: "beside",
        tell,
      };
    },
  }),
);

const kindOf = (name: string) => processes[name as ProcessName];

function ratesOf(
  habit: Habit,
  steps: number,
  { rates, betaMin, betaMax }: { rates: string; betaMin: number; betaMax: number },
): ChainRates {
  const name = rates === "own" ? habit.rates : rates;
  if (name !== "linear") return createRates(name);
  // The noise of the whole chain stays the same when it has fewer steps.
  const scaled = (beta: number): number => Math.min(0.999, (beta * 1000) / steps);
  const low = betaMin > 0 ? betaMin : scaled(habit.low);
  const high = betaMax > 0 ? betaMax : scaled(habit.high);
  return createRates("linear", { low, high });
}
