/**
 * `--metric bound` and `--metric exact`: what a text costs a model.
 *
 * @module
 */
import type { ModelContents } from "../../checkpoint/model-contents.ts";
import { systemOfModel } from "../../checkpoint/model-system.ts";
import { UnmaskError } from "../../errors.ts";
import { exactLikelihood } from "../../evaluate/exact.ts";
import { likelihood } from "../../evaluate/likelihood.ts";
import type { Likelihood, WindowLikelihood } from "../../evaluate/units.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import { orderFromSpec } from "../../sample/rules/index.ts";
import { tokenizeText } from "../../text/index.ts";
import type { TokenSource } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { needed } from "./measure.ts";
import type { Measured, Measuring } from "./measure.ts";
import { useDevice } from "./use-device.ts";
import { openModel } from "../../generate/model.ts";
import { refuseLatentFlags } from "./use-latent.ts";
import { readModelOf } from "./use-model.ts";

/** The system's own score of a text: its likelihood where it has one, else the bound of its paper. */
export async function measureBound(options: Measuring): Promise<Measured> {
  const { model, tokens } = await modelAndText(options);
  refuseLatentFlags("evaluate", model.config.system, options.given);
  return scoreAsTrained(options, model, tokens);
}

/** The likelihood: the system's own, or that of writing in one order. */
export async function measureExact(options: Measuring): Promise<Measured> {
  const { model, tokens } = await modelAndText(options);
  if (!systemOfModel(model).bound.exact) return scoreInOrder(options, model, tokens);
  checkOwnOrder(options, model);
  return scoreAsTrained(options, model, tokens);
}

async function modelAndText({ values }: Measuring) {
  const data = needed(values, "data");
  const model = await readModelOf(values);
  const { tokens } = await tokenizeText(readCorpus(data), model.tokenizer);
  return { model, tokens };
}

async function scoreAsTrained(
  options: Measuring,
  model: ModelContents,
  tokens: TokenSource,
): Promise<Measured> {
  const { values, signal, terminal } = options;
  const bar = progress(terminal, { label: "evaluate" });
  const runtime = await useDevice(values);
  try {
    const result = await likelihood({
      ...values,
      runtime,
      model,
      tokens,
      signal,
      progress: (done, of) => bar.update(done, { windows: `of ${of}` }),
    });
    return report(options, model, result, result.exact ? "exact" : "upper bound");
  } finally {
    bar.finish();
  }
}

async function scoreInOrder(
  options: Measuring,
  model: ModelContents,
  tokens: TokenSource,
): Promise<Measured> {
  const { values, signal, terminal } = options;
  const { order = "left-to-right", steps, length = model.config.length } = values;
  const rule = orderFromSpec(order);
  const { denoiser, tokenizer } = await openModel(model, {
    name: values.model,
    runtime: await useDevice(values),
  });
  const bar = progress(terminal, { label: "evaluate" });
  try {
    const result = await exactLikelihood({
      ...values,
      denoiser,
      rule,
      tokens,
      tokenizer,
      length,
      signal,
      progress: (done, of) => bar.update(done, { tokens: `of ${of}` }),
    });
    const pace = steps === undefined ? "" : ` in ${steps} steps`;
    return report(
      options,
      model,
      { ...result, order, steps },
      `exact in the order ${order}${pace}`,
    );
  } finally {
    bar.finish();
  }
}

/** A likelihood that is the system's own has its own order. */
function checkOwnOrder({ values }: Measuring, { config }: ModelContents): void {
  const { order, steps, block } = values;
  const own = "left-to-right";
  const asked = Object.entries({ order: order === own ? undefined : order, steps, block });
  const refused = asked.find(([, value]) => value !== undefined);
  if (refused === undefined) return;
  throw new UnmaskError(
    "usage",
    `evaluate: the likelihood of ${config.system} is exact in its own order, ${own}, one token after another; leave out --${refused.join(" ")}`,
  );
}

function report(
  { values: { metric, model: folder, data } }: Measuring,
  { config }: ModelContents,
  result: WindowLikelihood & { readonly order?: string; readonly steps?: number | undefined },
  what: string,
): Measured {
  const lines = describeLikelihood(`${folder} (${config.system}) on ${data}: ${what}`, result);
  const { each: _, ...figures } = result;
  return { lines, result: { metric, model: folder, system: config.system, ...figures } };
}

/** A heading, and a score in every unit. */
export function describeLikelihood(heading: string, result: Likelihood): string[] {
  const sign = result.exact ? "" : "<= ";
  const row = (unit: string, value: number, error?: number) => [
    unit,
    sign + value.toFixed(4),
    error === undefined ? "" : `+- ${error.toFixed(4)}`,
  ];
  return [
    `${heading}, ${result.windows} windows, ${result.tokens} tokens`,
    ...renderTable(
      ["", "value", "standard error"],
      [
        row("nats/token", result.nats, result.standardError),
        row("bits/token", result.bitsPerToken),
        row("bits/character", result.bitsPerCharacter, result.bitsPerCharacterError),
        row("perplexity", result.perplexity),
      ],
    ),
  ];
}
