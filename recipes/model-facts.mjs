/** What a run's folder tells of its model and of how it was trained, whether its canvas is tokens or vectors. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMoment } from "../dist/checkpoint/latent-contents.js";
import { readLatentModel } from "../dist/checkpoint/latent-folder.js";
import { decodeConfig, isLatentConfig, kindOf } from "../dist/checkpoint/model-config.js";
import { transformerParameters } from "../dist/model/transformer.js";
import { parameterCount } from "../dist/nn/parameter.js";
import { elementCount } from "../dist/tensor/index.js";
import { stageNames } from "../dist/train/staged-run.js";
import { trained } from "./trained.mjs";

const configText = (folder) => readFileSync(join(folder, "config.json"), "utf8");

/** The system, the network, and the runs that led to the model, the first one first. */
export const factsOf = (folder) => (isLatent(folder) ? latentFacts(folder) : tokenFacts(folder));

const isLatent = (folder) => isLatentConfig(JSON.parse(configText(folder)));

function tokenFacts(folder) {
  const config = decodeConfig(configText(folder), folder);
  const { layers, width, vocabulary } = config.transformer;
  const parameters = parameterCount(transformerParameters(config.transformer));
  const shape = { layers, width, vocabulary, parameters, length: config.length };
  return {
    kind: kindOf(config),
    options: config.options,
    ...shape,
    runs: lineageOf(folder),
  };
}

/** The runs of a folder, behind those of the model whose weights they began with. */
function lineageOf(folder) {
  const runs = isLatent(folder) ? latentRuns(folder) : tokenRuns(folder);
  const [{ init }] = runs;
  return [...(init === undefined ? [] : lineageOf(init)), ...runs];
}

const runOf = ({ run, ...training }) => ({ ...run, ...training });

const tokenRuns = (folder) => [runOf(trained(folder))];

/** One for each stage. The first reads paragraphs, the second a paragraph and the one before. */
function latentRuns(folder) {
  const { length } = JSON.parse(configText(folder));
  return stageNames.map((stage, i) => runOf(trained(join(folder, stage), (i + 1) * length)));
}

async function latentFacts(folder) {
  const { config, kind, weights } = await readLatentModel(folder);
  const { layers, width } = config.network;
  const parameters = Object.entries(weights)
    .filter(([name]) => !isMoment(name))
    .reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
  const runs = lineageOf(folder);
  const shape = { layers, width, vocabulary: config.vocabulary, parameters, length: config.length };
  return { kind, options: config.options, ...shape, runs };
}
