/**
 * `unmask/node`: what unmask adds in Node: ONNX Runtime's native builds, and files.
 *
 * Deliberately private: the names and the order of a run's files, and how anything is written (always
 * to a temporary name first).
 *
 * @module
 */

// Where to compute.
export { cpuRuntime, cudaRuntime, webgpuRuntime } from "./tensor/runtime/ort-node.ts";
export type { NodeRuntimeOptions } from "./tensor/runtime/ort-node.ts";

// Text on disk: documents out of files and folders, and tokens that don't fit into memory.
export { corpusFiles, readCorpus } from "./text/corpus-files.ts";
export type { CorpusOptions } from "./text/corpus-files.ts";
export { openShards } from "./text/token-shards.ts";
export type { TokenShards } from "./text/token-shards.ts";
export { writeShards } from "./text/write-shards.ts";

// Model folders, in the layout of Hugging Face.
export { readModel, writeModelBody, writeModelHead } from "./checkpoint/model-folder.ts";
export { modelFolder, shippedModels } from "./checkpoint/shipped-models.ts";

// Model folders of latent systems.
export { isLatentFolder, readLatentModel } from "./checkpoint/latent-folder.ts";

// Where the tensors of a published checkpoint lie, however many files it has.
export { locateTensors } from "./checkpoint/shards.ts";
export type { StoredTensor } from "./checkpoint/shards.ts";

// Runs: training into a folder, with exact resume.
export { newRun, resumeRun, startRun } from "./train/run.ts";
export type { NewRun, Run } from "./train/run.ts";
export type { Settings } from "./train/planned-run.ts";
export type { RunSettings } from "./train/run-folder.ts";

export { newStagedRun, resumeStagedRun } from "./train/staged-run.ts";
export type { NewStagedRun, StagedRun, StageName } from "./train/staged-run.ts";
export { startStagedRun } from "./train/stages.ts";
export type { StageEvent } from "./train/stages.ts";

// Scores of a model folder.
export { likelihood } from "./evaluate/likelihood.ts";
export type { LikelihoodOptions } from "./evaluate/likelihood.ts";
export { qualityOf } from "./evaluate/generative.ts";
export type { Quality } from "./evaluate/generative.ts";
export { judgeTexts } from "./evaluate/judge.ts";
export type { Judge, JudgedText, Verdict } from "./evaluate/judge.ts";
