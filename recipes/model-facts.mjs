/** What a run's folder tells of its model and of how it was trained, whether its canvas is tokens or vectors. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMoment, readLatentModel } from "../dist/checkpoint/latent-folder.js";
import { decodeConfig, isLatentConfig, kindOf } from "../dist/checkpoint/model-config.js";
import { transformerParameters } from "../dist/model/transformer.js";
import { parameterCount } from "../dist/nn/parameter.js";
import { elementCount } from "../dist/tensor/index.js";
import { stageNames } from "../dist/train/staged-run.js";
import { trained } from "./trained.mjs";

const configText = (folder) => readFileSync(join(folder, "config.json"), "utf8");

/** The system, the network, and the runs that led to the model, the first one first. */
export const factsOf = (folder) =>
  isLatentConfig(JSON.parse(configText(folder))) ? latentFacts(folder) : tokenFacts(folder);

function tokenFacts(folder) {
  const config = decodeConfig(configText(folder), folder);
  const { layers, width, vocabulary } = config.transformer;
  const parameters = parameterCount(transformerParameters(config.transformer));
  const shape = { layers, width, vocabulary, parameters, length: config.length };
  return { kind: kindOf(config), options: config.options, ...shape, runs: runsOf(folder) };
}

/** Each began with the weights of the one before. */
function runsOf(folder) {
  const { run, ...training } = trained(folder);
  return [...(run.init === undefined ? [] : runsOf(run.init)), { ...run, ...training }];
}

async function latentFacts(folder) {
  const { config, kind, weights } = await readLatentModel(folder);
  const { layers, width } = config.network;
  const parameters = Object.entries(weights)
    .filter(([name]) => !isMoment(name))
    .reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
  const runs = latentRunsOf(folder);
  const shape = { layers, width, vocabulary: config.vocabulary, parameters, length: config.length };
  return { kind, options: config.options, ...shape, runs };
}

/** Each stage, behind those of the model whose weights it began with. */
function latentRunsOf(folder) {
  const { length } = JSON.parse(configText(folder));
  // The first stage reads paragraphs, the second a paragraph and the one before.
  const stages = stageNames.map((stage, i) => {
    const { run, ...training } = trained(join(folder, stage), (i + 1) * length);
    return { ...run, ...training };
  });
  const [{ init }] = stages;
  return [...(init === undefined ? [] : latentRunsOf(init)), ...stages];
}
