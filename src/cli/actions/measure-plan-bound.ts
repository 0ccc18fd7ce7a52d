/**
 * `--metric bound` of a latent system: what a text costs at most, its plans and their words.
 *
 * @module
 */
import { planReader } from "../../evaluate/plan-author.ts";
import { planLikelihood } from "../../evaluate/plan-likelihood.ts";
import { charactersOf, inUnits } from "../../evaluate/units.ts";
import { progress } from "../../report/progress.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import { allWindows, tokenizeText } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { needed } from "./measure.ts";
import type { Measured, Measuring } from "./measure.ts";
import { describeLikelihood } from "./measure-likelihood.ts";
import { checkLatentFlags, useLatentModel } from "./use-latent.ts";

export async function measurePlanBound(options: Measuring): Promise<Measured> {
  const { values, given, signal, terminal } = options;
  const data = needed(values, "data");
  const model = await useLatentModel(values);
  checkLatentFlags("evaluate", model.kind.name, given);
  const { config, kind, tokenizer } = model;
  const { length = config.length, limit, clarity = kind.clarity } = values;
  const { tokens } = await tokenizeText(readCorpus(data), tokenizer);
  const windows = await allWindows(tokens, { length, limit });
  const bar = progress(terminal, { label: "evaluate", total: windows.length });
  try {
    const { plan, ...score } = await planLikelihood({
      ...values,
      windows,
      reader: await planReader(model),
      clarity,
      key: splitKey(randomKey(values.seed), "likelihood"),
      signal,
      progress: (done) => bar.update(done),
    });
    const characters = windows.reduce((sum, x0) => sum + charactersOf(x0, tokenizer), 0);
    const result = inUnits(score, characters);
    const heading = `${values.model} (${kind.name}) on ${data}: upper bound, plans said at a clarity of ${clarity}`;
    const { each: _, ...figures } = result;
    return {
      lines: [
        ...describeLikelihood(heading, result),
        `of a token's ${score.nats.toFixed(4)} nats its plan costs ${plan.toFixed(4)}, to say it ${(score.nats - plan).toFixed(4)}`,
      ],
      result: {
        metric: values.metric,
        model: values.model,
        system: kind.name,
        ...figures,
        clarity,
        planNats: plan,
      },
    };
  } finally {
    bar.finish();
  }
}
