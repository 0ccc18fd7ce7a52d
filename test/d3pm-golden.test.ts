/**
 * D3PM on toy alphabets against a float64 port of its public code for text: matrices, posteriors, losses,
 * whole bounds, laws of samplers, for every kind of noise.
 *
 * `golden/d3pm-text` lets the network propose the mask, as that code does. Where it has one, what
 * the public code computes is computed here from the process, and the objective, which forbids the mask,
 * is held against the process.
 */
import { describe, expect, test } from "vitest";
import {
  add,
  constant,
  floats,
  gather,
  input,
  integers,
  mul,
  program,
  randomKey,
  referenceRuntime,
} from "unmask/tensor";
import type { Value } from "unmask/tensor";
import { divergence } from "../src/diffusion/entropy.ts";
import type { ChainRates } from "../src/diffusion/chain-rates.ts";
import type { Process } from "../src/diffusion/process.ts";
import { createProcess } from "../src/diffusion/processes/index.ts";
import { createRates } from "../src/diffusion/rates/index.ts";
import type { Network } from "../src/model/network.ts";
import { chainObjective } from "../src/objective/chain.ts";
import { certain, distance, loadGolden, rowOf, total } from "./support/golden.ts";

interface GoldenProcess {
  readonly name: string;
  readonly mask_id: number | null;
  readonly dim: number;
  readonly beta?: number[];
  readonly beta_min?: number;
  readonly beta_max?: number;
  readonly exponents?: number[];
  readonly stationary: number[];
  readonly x_t_plus_1: number[][];
  readonly kl_nats: number[][];
  readonly ce_x0_nats: number[][];
  readonly hybrid_nats: number[][];
  readonly prior_kl_nats: number[];
  readonly elbo_scan_samples?: number[][];
  readonly elbo_scan_terms_nats: number[];
  readonly elbo_scan_total_nats: number;
  readonly elbo_exact_terms_nats: number[];
  readonly elbo_exact_total_nats: number;
  readonly elbo_exact_per_position_nats: number[];
  readonly elbo_exact_step2_total_nats: number;
  readonly nll_exact_per_position_nats: number[];
  readonly skip: { t: number; step: number; x_t_plus_step: number[]; kl_nats: number[] };
}

interface Toy {
  readonly name: string;
  readonly K: number;
  readonly T: number;
  readonly knn: number;
  readonly band_width: number;
  readonly x0: number[];
  readonly one_step_t: number[];
  readonly cumulative_t: number[];
  readonly processes: GoldenProcess[];
}

const { arrays, ...text } = await loadGolden("d3pm-text");
const goldens = text.goldens as { toys: Toy[] };

/** From the public names to ours. */
function processOfGolden(
  toy: Toy,
  golden: GoldenProcess,
  watch: (betas: Float64Array) => void = () => {},
): Process {
  const { K, T, knn, band_width: width } = toy;
  const [kind, rates] = [golden.name.split("_").slice(0, -1).join("_"), golden.name];
  const names: Record<string, string> = {
    absorbing_uniform: "absorbing-uniform",
    absorbing_gaussian: "absorbing-gaussian",
    nn_sinkhorn: "nearest-sinkhorn",
    nn_expm: "nearest",
    nn: "nearest",
    nn_absorbing_expm: "absorbing-nearest",
    absorbing_mutual: "absorbing",
    uniform_mutual: "uniform",
    nn_mutual: "nearest",
  };
  const name = names[kind] ?? kind.replace(/\d+$/, "");
  // That code's grid of the bell curve is wider by K / (K - 1).
  const grid = name.includes("gaussian") ? ((K - 1) / K) ** 2 : 1;
  const paces: readonly [RegExp, () => ChainRates][] = [
    [
      /_linear$/,
      () => createRates("linear", { low: golden.beta_min! * grid, high: golden.beta_max! * grid }),
    ],
    [/_cosine$/, () => createRates("cosine")],
    [/_standard$/, () => createRates("standard")],
    [/_mutual_information$/, () => createRates("mutual-information")],
  ];
  const pace = paces.find(([ending]) => ending.test(rates))!;
  const embeddings = arrays[`${toy.name}.embeddings`]!;
  const law = [...rowOf(arrays[`${toy.name}.initial_distribution`]!), 0];
  return createProcess(name, {
    states: { size: K + 1, maskId: K },
    steps: T,
    rates: {
      name: "watched",
      betas(steps, decay) {
        const betas = pace[1]().betas(steps, decay);
        watch(betas);
        return betas;
      },
    },
    law: Float64Array.from(law),
    embeddings: Array.from({ length: K + 1 }, (_, id) =>
      id < K ? rowOf(embeddings, id) : new Float64Array(4),
    ),
    neighbours: knn,
    width,
    masked: 0.66666,
  });
}

/** softmax of E[x] + P[place] + time * S[x], the first `dim` ids only, [K + 1]. */
function beliefOf(toy: Toy, dim: number, place: number, x: number, t: number): Float64Array {
  const part = (name: string, index: number) =>
    rowOf(arrays[`${toy.name}.denoiser.${name}`]!, index);
  const [e, p, s] = [part("E", x), part("P", place), part("S", x)];
  const weights = e.map((_, id) =>
    id < dim ? Math.exp(e[id]! + p[id]! + (t / toy.T) * s[id]!) : 0,
  );
  const sum = total(weights);
  return weights.map((weight) => weight / sum);
}

const cases = goldens.toys.flatMap((toy) =>
  toy.processes.map((golden) => ({ toy, golden, title: `${toy.name} ${golden.name}` })),
);

describe.each(cases)("$title", ({ toy, golden }) => {
  const { T, K, x0 } = toy;
  const { dim } = golden;
  const size = K + 1;
  const process = processOfGolden(toy, golden);
  // Numbers that come out of a search or a series are asked for less.
  const tolerance = /mutual|expm/.test(golden.name) ? 1e-7 : 1e-9;
  const array = (name: string): Value => arrays[`${toy.name}.${golden.name}.${name}`]!;

  const reverse = (place: number, xt: number, s: number, t: number): Float64Array =>
    process.posterior(xt, beliefOf(toy, dim, place, xt, t), s / T, t / T);
  const cost = (place: number, xt: number, s: number, t: number): number =>
    divergence(
      process.posterior(xt, certain(x0[place]!, size), s / T, t / T),
      reverse(place, xt, s, t),
    );
  /** The exact expectation over x_t of a step's divergence, at one place. */
  const expected = (place: number, s: number, t: number): number =>
    total(
      process.marginal(x0[place]!, t / T).map((p, xt) => (p > 0 ? p * cost(place, xt, s, t) : 0)),
    );
  const priorCost = (place: number) => divergence(process.marginal(x0[place]!, 1), process.noise);

  test("one-step and cumulative matrices", () => {
    toy.one_step_t.forEach((t, i) => {
      for (let from = 0; from < dim; from++)
        for (let to = 0; to < dim; to++)
          expect(process.transition(from, t / T, (t + 1) / T)[to]).toBeCloseTo(
            rowOf(array("Q"), i, to)[from]!,
            tolerance === 1e-7 ? 7 : 9,
          );
    });
    toy.cumulative_t.forEach((t, i) => {
      for (let from = 0; from < dim; from++)
        for (let to = 0; to < dim; to++)
          expect(process.marginal(from, t / T)[to]).toBeCloseTo(
            rowOf(array("Qbar"), i, to)[from]!,
            tolerance === 1e-7 ? 7 : 9,
          );
    });
    expect(distance(process.noise, golden.stationary)).toBeLessThan(1e-12);
  });

  test("marginals, posteriors, and the network's reverse step", () => {
    toy.one_step_t.forEach((t, i) => {
      x0.forEach((token, place) => {
        const xt = golden.x_t_plus_1[i]![place]!;
        const [s, after] = [t, t + 1];
        const known = process.posterior(xt, certain(token, size), s / T, after / T);
        const guessed = reverse(place, xt, s, after);
        const marginal = process.marginal(token, after / T);
        expect(distance(marginal, rowOf(array("q_xt_given_x0"), i, place))).toBeLessThan(tolerance);
        expect(distance(known, rowOf(array("posterior"), i, place))).toBeLessThan(tolerance);
        expect(distance(guessed, rowOf(array("p_theta"), i, place))).toBeLessThan(tolerance);
        expect(divergence(known, guessed)).toBeCloseTo(golden.kl_nats[i]![place]!, 7);
      });
    });
  });

  test("a jump over half of the steps", () => {
    const { t, step, x_t_plus_step: xs, kl_nats: kl } = golden.skip;
    x0.forEach((token, place) => {
      const known = process.posterior(xs[place]!, certain(token, size), t / T, (t + step) / T);
      const guessed = reverse(place, xs[place]!, t, t + step);
      expect(distance(known, rowOf(array("skip.posterior"), place))).toBeLessThan(tolerance);
      expect(distance(guessed, rowOf(array("skip.p_theta"), place))).toBeLessThan(tolerance);
      expect(divergence(known, guessed)).toBeCloseTo(kl[place]!, 7);
    });
  });

  test("the whole bound, exactly, by recorded draws, and with every second step", () => {
    const places = [...x0.keys()];
    const prior = places.map(priorCost);
    expect(distance(prior, golden.prior_kl_nats)).toBeLessThan(1e-6);
    const steps = [...Array(T).keys()];
    const each = places.map((place) => steps.map((s) => expected(place, s, s + 1)));
    const terms = steps.map((s) => total(each.map((costs) => costs[s]!)));
    expect(distance(terms, golden.elbo_exact_terms_nats)).toBeLessThan(1e-6);
    expect(total(terms) + total(prior)).toBeCloseTo(golden.elbo_exact_total_nats, 5);
    const perPlace = each.map((costs, place) => total(costs) + prior[place]!);
    expect(distance(perPlace, golden.elbo_exact_per_position_nats)).toBeLessThan(1e-6);

    const draws =
      golden.elbo_scan_samples ?? steps.map((s) => Array.from(rowOf(array("scan_samples"), s)));
    const scan = steps.map((s) => total(places.map((i) => cost(i, draws[s]![i]!, s, s + 1))));
    expect(distance(scan, golden.elbo_scan_terms_nats)).toBeLessThan(1e-6);
    expect(total(scan) + total(prior)).toBeCloseTo(golden.elbo_scan_total_nats, 5);

    const second = steps.filter((s) => s % 2 === 0);
    const skipped = total(places.flatMap((i) => second.map((s) => expected(i, s, s + 2))));
    expect(skipped + total(prior)).toBeCloseTo(golden.elbo_exact_step2_total_nats, 5);
  });

  test("the law of the ancestral sampler", () => {
    for (const [stride, name] of [
      [1, "sampler_law"],
      [2, "sampler_law_step2"],
    ] as const)
      x0.forEach((token, place) => {
        let law = process.noise;
        for (let t = T; t > 0; t -= stride) {
          const next = new Float64Array(size);
          law.forEach((p, xt) => {
            if (p > 0) reverse(place, xt, t - stride, t).forEach((q, xs) => (next[xs]! += p * q));
          });
          law = next;
        }
        expect(distance(law, rowOf(array(name), place))).toBeLessThan(tolerance);
        if (stride === 1)
          expect(-Math.log(law[token]!)).toBeCloseTo(golden.nll_exact_per_position_nats[place]!, 6);
      });
  });

  test("the objective in the graph", async () => {
    const objective = chainObjective({ process, lambda: 0.01, tell: (t) => t });
    const rows = toy.one_step_t.length;
    const length = x0.length;
    const table = (name: string) => constant(arrays[`${toy.name}.denoiser.${name}`]!);
    const network: Network = (tokens) => {
      const moving = mul(input("tau", [rows, 1, 1]), gather(table("S"), tokens));
      return add(add(gather(table("E"), tokens), table("P")), moving);
    };
    const inputs = Object.fromEntries(
      Object.entries(objective.inputs(rows, length)).map(([name, spec]) => [
        name,
        input(name, spec.shape, spec.dtype),
      ]),
    );
    const losses = objective.losses(inputs, network);
    const executable = await referenceRuntime().compile(
      program({ name: "losses", outputs: { losses } }),
    );
    const drawn = objective.draw(
      {
        x0: Int32Array.from(toy.one_step_t.flatMap(() => x0)),
        batch: rows,
        length,
        levels: Float64Array.from(toy.one_step_t, (t) => (t + 0.5) / T),
      },
      randomKey(1),
    );
    const { time: _, ...rest } = drawn;
    const answer = await executable.run({
      ...rest,
      tokens: integers([rows, length], Int32Array.from(golden.x_t_plus_1.flat())),
      tau: floats(
        [rows, 1, 1],
        Float32Array.from(toy.one_step_t, (t) => (t + 1) / T),
      ),
    });
    const prior = total(golden.prior_kl_nats);
    toy.one_step_t.forEach((t, i) => {
      const perStep = (answer["losses"]!.data[i]! - prior) / T;
      const wanted =
        golden.mask_id === null
          ? total(golden.hybrid_nats[i]!)
          : total(
              x0.map((token, place) => {
                const xt = golden.x_t_plus_1[i]![place]!;
                // Without the mask among the proposals.
                const belief = beliefOf(toy, K, place, xt, t + 1);
                const known = process.posterior(xt, certain(token, size), t / T, (t + 1) / T);
                const guessed = process.posterior(xt, belief, t / T, (t + 1) / T);
                return divergence(known, guessed) - 0.01 * Math.log(belief[token]!);
              }),
            );
      expect(Math.abs(perStep - wanted)).toBeLessThan(1e-5);
    });
  });

  if (golden.exponents)
    test("the exponents of mutual information", () => {
      let betas = new Float64Array();
      processOfGolden(toy, golden, (values) => (betas = Float64Array.from(values)));
      // Closed forms call the chance of an event beta, matrix exponentials the exponent itself.
      let exponent = 0;
      const exponents = betas.map((beta) => (exponent += golden.beta ? -Math.log1p(-beta) : beta));
      golden.exponents!.forEach((wanted, i) => expect(exponents[i]).toBeCloseTo(wanted, 7));
    });
});
