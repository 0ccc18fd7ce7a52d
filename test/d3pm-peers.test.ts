/**
 * D3PM's mathematics in two other programs: MDLM's discrete-time losses, run in float64, and D3PM's own
 * JAX code for images.
 */
import { describe, expect, test } from "vitest";
import { constant, input, integers, program, randomKey, referenceRuntime } from "unmask/tensor";
import { divergence } from "../src/diffusion/entropy.ts";
import { createProcess } from "../src/diffusion/processes/index.ts";
import { createRates } from "../src/diffusion/rates/index.ts";
import { chainObjective } from "../src/objective/chain.ts";
import { certain, distance, loadGolden, rowOf, total } from "./support/golden.ts";

interface MaskedLosses {
  readonly T: number;
  readonly mask_id: number;
  readonly t: number[];
  readonly x0: number[][];
  readonly xt: number[][];
  readonly losses: { name: string; per_token_f64_exact_t: number[][] }[];
  readonly first_step_t_is_1_over_T_per_token_f64: number[][];
}

interface ImageCase {
  readonly name: string;
  readonly classes: number;
  readonly steps: number;
  readonly betas: number[];
  readonly x_start: number[][];
  readonly prior_bpd: number[];
}

const text = await loadGolden("d3pm-text");
const image = await loadGolden("d3pm-image");
const losses = (text.goldens as { mdlm_discrete_T: MaskedLosses[] }).mdlm_discrete_T;
const pictures = (image.goldens as { cases: ImageCase[] }).cases;

describe.each(losses)("MDLM in $T steps", (golden) => {
  const { T, mask_id: maskId, t, x0, xt } = golden;
  const size = maskId + 1;
  const [batch, length] = [x0.length, x0[0]!.length];
  const logits = text.arrays[`mdlm_T${T}.logits`]!;
  const process = createProcess("absorbing", {
    states: { size, maskId },
    steps: T,
    rates: createRates("standard"),
  });

  test("the objective, whose network may not propose the mask", async () => {
    const objective = chainObjective({ process, lambda: 0, tell: (time) => time });
    const inputs = Object.fromEntries(
      Object.entries(objective.inputs(batch, length)).map(([name, spec]) => [
        name,
        input(name, spec.shape, spec.dtype),
      ]),
    );
    const executable = await referenceRuntime().compile(
      program({
        name: "losses",
        outputs: { losses: objective.losses(inputs, () => constant(logits)) },
      }),
    );
    const { time: _, ...drawn } = objective.draw(
      {
        x0: Int32Array.from(x0.flat()),
        batch,
        length,
        levels: Float64Array.from(t, (time) => time - 0.5 / T),
      },
      randomKey(1),
    );
    const answer = await executable.run({
      ...drawn,
      tokens: integers([batch, length], Int32Array.from(xt.flat())),
    });
    const { per_token_f64_exact_t: wanted } = golden.losses.find(
      ({ name }) => name === "d3pm_subs_masking",
    )!;
    // Factors come in as float32.
    wanted.forEach((row, i) =>
      expect(answer["losses"]!.data[i]! / total(row)).toBeCloseTo(1, T > 100 ? 5 : 6),
    );
  });

  test.each([
    { title: "at the recorded times", column: "d3pm", times: t },
    { title: "in the first step, where the public code divides 0 by 0", times: t.map(() => 1 / T) },
  ])("posteriors whose network proposes the mask, $title", ({ column, times }) => {
    const wanted =
      golden.losses.find(({ name }) => name === column)?.per_token_f64_exact_t ??
      golden.first_step_t_is_1_over_T_per_token_f64;
    x0.forEach((row, i) =>
      row.forEach((token, place) => {
        if (xt[i]![place] !== maskId) return;
        const weights = rowOf(logits, i, place).map(Math.exp);
        const belief = weights.map((weight) => weight / total(weights));
        const [time, before] = [times[i]!, Math.round(times[i]! * T - 1) / T];
        const q = process.posterior(maskId, certain(token, size), before, time);
        const p = process.posterior(maskId, belief, before, time);
        const nats = total(q.map((mass, id) => (mass > 0 ? mass * Math.log(mass / p[id]!) : 0)));
        const ours = T * nats;
        expect(Math.abs(ours - wanted[i]![place]!)).toBeLessThan(1e-6 * Math.max(1, ours));
      }),
    );
  });
});

describe.each(pictures)("images: $name", ({ name, classes, steps, betas, ...golden }) => {
  // Absorbing pixels take the middle value for a mask; the other kinds have none, so one is added.
  const absorbing = name.startsWith("absorbing");
  const states = absorbing
    ? { size: classes, maskId: classes / 2 }
    : { size: classes + 1, maskId: classes };
  // Pixel values go to 255, whatever the number of classes.
  const grid = name.startsWith("gaussian") ? ((classes - 1) / 255) ** 2 : 1;
  const rates = { name: "given", betas: () => Float64Array.from(betas, (beta) => beta * grid) };
  const process = createProcess(name.split("_")[0]!, { states, steps, rates });
  const pixels = [...Array(classes).keys()];

  test("matrices", () => {
    const shown = name.startsWith("gaussian") ? [0] : [0, 4, 9];
    shown.forEach((t, i) =>
      pixels.forEach((from) => {
        const step = rowOf(image.arrays[`${name}.Q_onestep`]!, i, from);
        const [s, after] = [t / steps, (t + 1) / steps];
        expect(distance(process.transition(from, s, after), step)).toBeLessThan(1e-9);
        const product = image.arrays[`${name}.Q_cumulative`];
        if (product)
          expect(distance(process.marginal(from, after), rowOf(product, i, from))).toBeLessThan(
            1e-9,
          );
      }),
    );
  });

  test("marginals of pixels, one step for each image", () => {
    golden.x_start.forEach((row, i) =>
      row.forEach((pixel, place) => {
        const law = rowOf(image.arrays[`${name}.q_probs`]!, i, place);
        expect(distance(process.marginal(pixel, (i + 1) / steps), law)).toBeLessThan(1e-9);
      }),
    );
  });

  test("what the last step leaves, in bits", () => {
    golden.x_start.forEach((row, i) => {
      const nats = total(row.map((pixel) => divergence(process.marginal(pixel, 1), process.noise)));
      // That code adds 1e-6 to every probability.
      expect(Math.abs(nats / row.length / Math.LN2 - golden.prior_bpd[i]!)).toBeLessThan(1e-4);
    });
  });
});
