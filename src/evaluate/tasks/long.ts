/**
 * Long texts: what a text costs as it grows, in seconds and in forward passes.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import { meanAndError } from "../../objective/mean.ts";
import { openCanvas } from "../../sample/canvas.ts";
import { ruleFromSpec } from "../../sample/rules/index.ts";
import type { SystemKind } from "../../system/system.ts";
import { measureSpeed } from "../speed.ts";
import { timeAuthored } from "../author.ts";
import { meanOf, measured } from "./task.ts";
import type { Measurement, Missing, Recipe, Task } from "./task.ts";

/** Texts that are timed, one after the other. */
const timedTexts = 3;

/** Tokens to a step, of models that may write several in one. */
const tokensPerStep = 4;

export const longTask: Task = {
  name: "long",
  title: "Writing long texts",
  question: "What does a text cost as it grows?",
  method:
    "A text from nothing is written one at a time. Models that may write several tokens in a step are given a step " +
    `for every ${tokensPerStep}; the others take a pass for each token. Beyond the length of its training a model sees a window ` +
    "of the text.",
  figures: {
    seconds: {
      label: "seconds/text",
      unit: "s a text",
      better: "lower",
      timed: true,
      perToken: true,
    },
    passes: {
      label: "forward passes/text",
      unit: "forward passes a text",
      better: "lower",
      perToken: true,
    },
  },
  axis: "tokens",
  headlines: [{ figure: "seconds", at: "most" }],
  plots: [
    {
      kind: "lines",
      title: "Seconds a text (lower is better)",
      x: "axis",
      y: "seconds",
      logX: true,
      logY: true,
    },
    {
      kind: "lines",
      title: "Forward passes a text",
      x: "axis",
      y: "passes",
      logX: true,
      logY: true,
    },
  ],

  async measure(contestant, { lengths, seed, signal, progress }) {
    const measurements: Measurement[] = [];
    const missing: Missing[] = [];
    const total = lengths.reduce((sum, length) => sum + length, 0);
    let written = 0;
    for (const at of lengths) {
      const canvas = openCanvas({ length: at, maskId: contestant.tokenizer.maskId });
      const steps = stepsFor(at, contestant.kind);
      try {
        const sampling = samplingOptions(contestant, { steps }, { seed, index: 0, canvas });
        const { each } = await measureSpeed(sampling, { repeats: timedTexts, signal });
        for (const figure of ["seconds", "passes"] as const) {
          const { mean: value, standardError: error } = meanAndError(
            each.map((one) => one[figure]),
          );
          measurements.push({ figure, at, value, error, samples: timedTexts });
        }
      } catch (error) {
        if (!UnmaskError.is(error) || error.code !== "usage") throw error;
        missing.push({ figure: "seconds", at, reason: error.message });
      }
      progress((written += at) / total);
    }
    return measured(measurements, missing);
  },

  async ask(author, { lengths, progress }) {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const measurements: Measurement[] = [];
    let written = 0;
    for (const at of lengths) {
      const { texts } = await timeAuthored(author, { length: at, repeats: timedTexts });
      const passes = texts.flatMap((text) => text.passes ?? []);
      measurements.push(
        meanOf(
          "seconds",
          texts.map(({ seconds }) => seconds),
          { at },
        ),
      );
      if (passes.length === timedTexts) measurements.push(meanOf("passes", passes, { at }));
      progress((written += at) / total);
    }
    return measured(measurements);
  },

  recipes: ({ lengths, seed }, kind) =>
    lengths.map((length): Recipe => {
      const steps = stepsFor(length, kind);
      const pace = steps === undefined ? {} : { steps };
      return { verb: "evaluate", flags: { metric: "speed", length, seed, ...pace }, needs: [] };
    }),
};

const stepsFor = (length: number, { infills, rule }: SystemKind): number | undefined =>
  infills && ruleFromSpec(rule).obeysSteps ? Math.ceil(length / tokensPerStep) : undefined;
