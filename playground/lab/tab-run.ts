/**
 * A run in the tab: what a run in a folder is, with its records kept here.
 *
 * @module
 */
import { encodeModelBody, encodeModelHead } from "../../src/checkpoint/model-contents.ts";
import type { ModelContents, ModelFiles } from "../../src/checkpoint/model-contents.ts";
import { flagsLine } from "../../src/cli/command-line.ts";
import { openModel } from "../../src/generate/model.ts";
import type { Task } from "../../src/generate/task.ts";
import { write } from "../../src/generate/write.ts";
import { sizeOf, transformerConfig } from "../../src/model/sizes.ts";
import { transformerParameters } from "../../src/model/transformer.ts";
import { parameterCount } from "../../src/nn/parameter.ts";
import { servedTokens } from "../../src/serve/engine/servable.ts";
import { systemFromSpec } from "../../src/system/index.ts";
import type { Runtime, Value } from "../../src/tensor/index.ts";
import { scopedRuntime } from "../../src/tensor/runtime/scoped.ts";
import { carryOut, newConfig, planRun } from "../../src/train/planned-run.ts";
import type { PlannedRun, Records } from "../../src/train/planned-run.ts";
import { settingsFrom, usual } from "../../src/train/recipe.ts";
import type { Metric } from "../../src/train/run-folder.ts";
import { corpusOfText } from "../../src/train/windows.ts";
import type { FolderFiles, FromLab, LabOrder, RunFacts } from "./messages.ts";

/** Samples of a run, and validations with them. */
const samples = 20;

/** Tokens of a sample at most. */
const longestSample = 64;

export interface TabRun {
  readonly facts: RunFacts;
  /** Trains until it is finished or the signal says stop; may be called again, and then goes on exactly. */
  train(signal: AbortSignal): Promise<void>;
}

/** Plans a run; what happens in it is told. */
export async function tabRun(
  order: LabOrder,
  runtime: Runtime,
  tell: (message: FromLab) => void,
): Promise<TabRun> {
  let run = await planned(order, runtime);
  const { config, tokenizer, embeddings, corpus } = run;
  const metrics: Metric[] = [];

  const records: Records = {
    log: (metric) => Promise.resolve(void metrics.push(metric)),
    async save({ state, done, interval }, { weights, card }) {
      run = { ...run, state, done, interval };
      const contents = { config, tokenizer, embeddings, weights };
      const lines = metrics.map((metric) => `${JSON.stringify(metric)}\n`).join("");
      const files = { ...encodeModelHead(contents), ...encodeModelBody({ weights, card }) };
      tell({
        kind: "saved",
        model: {
          step: done,
          facts: servedTokens(contents).facts({
            id: order.name,
            created: Math.floor(Date.now() / 1000),
          }),
          files: bytesOf({ ...files, "metrics.jsonl": lines }),
        },
      });
      await writeSample(contents, done);
    },
  };

  /** The same places are drawn each time, so that what differs is what was learnt. */
  const writeSample = async (
    contents: ModelContents & { readonly weights: Readonly<Record<string, Value>> },
    after: number,
  ): Promise<void> => {
    const scope = scopedRuntime(runtime);
    try {
      const model = await openModel(contents, { name: order.name, runtime: scope });
      const length = Math.min(config.length, longestSample);
      const task: Task = {
        start: { kind: "continue", prompt: "", length },
        sampling: {},
        seed: order.seed,
        stop: [],
        alternatives: undefined,
        frames: true,
        echo: false,
      };
      for await (const event of write(model, task, new AbortController().signal))
        if (event.kind === "frame") tell({ kind: "sample", after, frame: event.frame });
    } finally {
      await scope.dispose();
    }
  };

  return {
    facts: {
      parameters: parameterCount(transformerParameters(config.transformer)),
      vocabulary: tokenizer.size,
      tokens: corpus.train.tokens,
      device: runtime.name,
    },
    async train(signal) {
      for await (const event of carryOut(run, { runtime, signal, records })) {
        const { step } = event;
        if (event.kind === "step")
          tell({ kind: "step", step, loss: event.loss, seconds: event.seconds });
        else if (event.kind === "validation")
          tell({ kind: "validation", step, loss: event.score.nats });
        else if (event.kind === "end")
          tell({ kind: "rests", step, isFinished: event.reason === "finished" });
      }
    },
  };
}

async function planned(order: LabOrder, runtime: Runtime): Promise<PlannedRun> {
  const { name: out, file: data = "text.txt", length, batch, steps, seed } = order;
  const kind = systemFromSpec(order.system);
  const size = sizeOf(order.size);
  const { tokenizer, corpus } = await corpusOfText(order.text, order);
  const transformer = transformerConfig(size, { vocabulary: tokenizer.size, ...kind });
  const config = newConfig(kind, { length, transformer });
  const evalEvery = Math.max(1, Math.ceil(steps / samples));
  const asked = { length, batch, steps, seed, evalEvery };
  const { system, tokenizer: spec, size: sizeName } = order;
  const flags = flagsLine({ data, out, system, tokenizer: spec, size: sizeName, ...asked });
  const recipe = { ...usual, ...asked, peak: size.learningRate };
  return planRun(
    {
      kind,
      config,
      tokenizer,
      corpus,
      steps,
      settings: (count) => ({
        data,
        command: `unmask train ${flags}`,
        ...settingsFrom(recipe, count),
      }),
    },
    runtime,
  );
}

const bytesOf = (files: ModelFiles): FolderFiles =>
  Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content),
    ]),
  );
