/**
 * The metrics of `unmask evaluate`.
 *
 * @module
 */
import { readModel } from "../../checkpoint/model-folder.ts";
import { likelihood } from "../../evaluate/likelihood.ts";
import { measureSpeed } from "../../evaluate/speed.ts";
import { formatNumber } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import type { Terminal } from "../../report/terminal.ts";
import { openCanvas } from "../../sample/canvas.ts";
import { tokenizeText } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { useDevice } from "./use-device.ts";
import type { DeviceValues } from "./use-device.ts";
import { samplingOptions, useModel } from "./use-model.ts";

interface MeasureOptions extends DeviceValues {
  readonly model: string;
  readonly length?: number | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

interface Measured {
  readonly lines: readonly string[];
  readonly result: object;
}

export async function measureLikelihood(
  options: MeasureOptions & {
    readonly metric: string;
    readonly data: string;
    readonly batch: number;
    readonly samples: number;
    readonly limit?: number | undefined;
  },
): Promise<Measured> {
  const model = await readModel(options.model);
  const { tokens } = await tokenizeText(readCorpus(options.data), model.tokenizer);
  const bar = progress(options.terminal, { label: "evaluate" });
  const runtime = await useDevice(options);
  try {
    const result = await likelihood({
      ...options,
      runtime,
      model,
      tokens,
      progress: (done, of) => bar.update(done, { windows: `of ${of}` }),
    });
    bar.finish();
    const sign = result.exact ? "" : "<= ";
    const row = (unit: string, value: number, error?: number) => [
      unit,
      sign + value.toFixed(4),
      error === undefined ? "" : `+- ${error.toFixed(4)}`,
    ];
    const lines = [
      `${options.model} (${model.config.system}) on ${options.data}: ` +
        `${result.exact ? "exact" : "upper bound"}, ${result.windows} windows, ${result.tokens} tokens`,
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
    return { lines, result: { metric: options.metric, model: options.model, ...result } };
  } finally {
    bar.finish();
  }
}

export async function measureSpeedOf(
  options: MeasureOptions & { readonly steps?: number | undefined },
): Promise<Measured> {
  const model = await useModel(options);
  const length = options.length ?? model.config.length;
  const canvas = openCanvas({ length, maskId: model.tokenizer.maskId });
  const sampling = samplingOptions(model, options, { seed: options.seed, index: 0, canvas });
  const speed = await measureSpeed(sampling, { repeats: 3, signal: options.signal });
  const lines = [
    `${options.model} (${model.config.system}): ${length} tokens from nothing, 3 times`,
    ...renderTable(
      ["", ""],
      [
        ["tokens/s", formatNumber(speed.tokensPerSecond)],
        ["forward passes/s", formatNumber(speed.passesPerSecond)],
        ["tokens/forward pass", formatNumber(speed.tokensPerPass)],
        ["time outside the model", `${(100 * speed.outside).toFixed(1)} %`],
      ],
    ),
  ];
  return { lines, result: { metric: "speed", model: options.model, length, ...speed } };
}
