/**
 * `unmask`: everything that needs neither Node nor a browser.
 *
 * From the ground up: text, noise, networks, losses, systems, sampling, training, scoring. The tensor
 * language has an entry of its own, `unmask/tensor`; what touches files and ONNX Runtime is in
 * `unmask/node` and `unmask/web`; models with known answers are in `unmask/testing`. A tour of it all
 * is `test/tiny.test.ts`.
 *
 * Deliberately private, because they change with every model or runtime that is added: the layers of
 * the network (`nn/`), caches and masks, the emission of ONNX, the parts of tokenizers, rendering for
 * terminals, and the command line.
 *
 * @module
 */

// Errors: everything a user can get wrong is an UnmaskError; anything else is a bug.
export { UnmaskError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";

// Variants: lines of the tables below, which say themselves which options they take.
export { parseSpec, variant } from "./variant.ts";
export type {
  ChoiceDoc,
  FlagDoc,
  NumberDoc,
  OptionDoc,
  OptionDocs,
  Variant,
  VariantDocs,
  VariantFactory,
  VariantSpec,
} from "./variant.ts";

// Randomness is passed in: a key, split by name.
export { randomKey, randomStream, splitKey } from "./tensor/random.ts";
export type { Key, Random } from "./tensor/random.ts";

// Text: tokenizers, by training or from a tokenizer.json.
export {
  endToken,
  maskToken,
  parseTokenizerSpec,
  tokenizerFromJSON,
  tokenizers,
} from "./text/index.ts";
export type {
  SpecialOptions,
  StreamDecoder,
  Template,
  Texts,
  Tokenizer,
  TokenizerKind,
  TokenizerSpec,
  TrainOptions as TokenizerTrainOptions,
} from "./text/index.ts";

// Text: from documents to the windows of a batch.
export {
  consecutive,
  documentSplitter,
  documentsOf,
  memoryTokens,
  split as splitTokens,
  tokenizeText,
  viewTokens,
  windows,
} from "./text/index.ts";
export type {
  Consecutive,
  DocumentSplitter,
  Split as TokenSplit,
  TextCounts,
  TextPiece,
  TokenizedText,
  TokenSource,
  Windows,
} from "./text/index.ts";

// Text: conversations as prompts, by a model's chat template or as plain text.
export { answerEnd, chatTemplate, encodePrompt, promptWriter } from "./text/chat-template.ts";
export type { ChatTemplate, WritePrompt } from "./text/chat-template.ts";
export type { Message, PromptOptions, Role } from "./text/dialogue.ts";

// Noise: schedules say how much, processes say which.
export { createSchedule, scheduleNames, schedules } from "./diffusion/schedules/index.ts";
export type { ScheduleName } from "./diffusion/schedules/index.ts";
export { sigma } from "./diffusion/schedule.ts";
export type { Schedule } from "./diffusion/schedule.ts";
export { createRates, rates } from "./diffusion/rates/index.ts";
export type { ChainRates, Decay } from "./diffusion/chain-rates.ts";
export { createProcess, processes } from "./diffusion/processes/index.ts";
export type { ProcessName } from "./diffusion/processes/index.ts";
export { processOf } from "./diffusion/process.ts";
export type {
  Clock,
  Process,
  ProcessKind,
  ProcessParts,
  ProcessSetting,
  Pace,
  Rates,
} from "./diffusion/process.ts";
export type { Matrix, Mixture, States, Transition } from "./diffusion/transition.ts";
export { reverseTimes, spreadLevels } from "./diffusion/times.ts";

// Noise: of vectors, whose signal and noise keep the variance.
export { gaussianDiffusion, p2Weight } from "./diffusion/gaussian/diffusion.ts";
export type {
  GaussianDiffusion,
  GaussianPosterior,
  ReverseStep,
  Scales,
} from "./diffusion/gaussian/diffusion.ts";
export { clip, dynamicThreshold, guide } from "./diffusion/gaussian/guidance.ts";
export { denormalise, normalise, runningMoments } from "./diffusion/gaussian/moments.ts";
export type { Moments, RunningMoments } from "./diffusion/gaussian/moments.ts";

// The backbone and its named sizes.
export { sizeOf, sizes, transformerConfig } from "./model/sizes.ts";
export type { Size } from "./model/sizes.ts";
export { checkTransformer, transformerParameters } from "./model/transformer.ts";
export type { TransformerConfig } from "./model/transformer.ts";
export type { Network, NetworkContext } from "./model/network.ts";
export type { AttentionPattern } from "./nn/attention-mask.ts";
export { initialize, parameterCount } from "./nn/parameter.ts";
export type { ParameterSpec, ParameterSpecs } from "./nn/parameter.ts";

// Training losses.
export { masked } from "./objective/masked.ts";
export type { MaskedOptions } from "./objective/masked.ts";
export { continuousTime, discreteTime, exactCount, importanceTime } from "./objective/masking.ts";
export type { Masked, Masking } from "./objective/masking.ts";
export { chainObjective } from "./objective/chain.ts";
export type { ChainObjectiveOptions } from "./objective/chain.ts";
export { nextToken } from "./objective/next-token.ts";
export { tokenLesson } from "./objective/lesson.ts";
export type { Lesson, LessonContext } from "./objective/lesson.ts";
export type { Batch, Objective } from "./objective/objective.ts";

// Systems: one for each paper; and from a trained one to what the sampler asks.
export { systemFromSpec, systemOf, systems } from "./system/index.ts";
export { system } from "./system/system.ts";
export type { System, SystemKind, SystemParts, Vocabulary } from "./system/system.ts";
export { openDenoisers } from "./system/denoisers/index.ts";
export type { DenoiserOptions } from "./system/denoisers/index.ts";

// Latent systems: those whose canvas is vectors.
export { latentSystemFromSpec, latentSystemOf, latentSystems } from "./system/index.ts";
export { latentSystem } from "./system/latent-system.ts";
export type {
  Embedded,
  LatentSetting,
  LatentSystem,
  LatentSystemKind,
  LatentSystemParts,
  NetworkShape,
} from "./system/latent-system.ts";
export { openEmbedder, openLatentDenoiser } from "./system/denoisers/latent.ts";
export type { LatentModel, LatentModelOptions } from "./system/denoisers/latent.ts";
export type { EmbedderConfig } from "./model/embedder.ts";
export type { LatentTransformerConfig } from "./model/latent-transformer.ts";

// Sampling: the loop, and what it reports.
export { sample } from "./sample/sample.ts";
export type { SampleOptions } from "./sample/sample.ts";
export type { Choose } from "./sample/draw.ts";
export { finish } from "./sample/frame.ts";
export type { Change, Frame, Reason } from "./sample/frame.ts";
export { batched, blockOf } from "./sample/denoiser.ts";
export type { LanesOptions } from "./sample/lanes.ts";
export { surveyOf } from "./sample/survey.ts";
export type { SurveyOfOptions } from "./sample/survey.ts";
export type {
  Answers,
  BatchDenoiser,
  Denoiser,
  DenoiserTraits,
  PredictRequest,
  Survey,
} from "./sample/denoiser.ts";

// Sampling: vectors, and texts that follow a plan.
export { denoise } from "./sample/denoise.ts";
export type {
  DenoiseOptions,
  LatentDenoiser,
  LatentFrame,
  LatentRequest,
} from "./sample/denoise.ts";
export { plan } from "./sample/plan.ts";
export type { Draft, Planner, PlanOptions } from "./sample/plan.ts";
export { say } from "./sample/say.ts";
export type { SayOptions } from "./sample/say.ts";
export { beam } from "./sample/beam.ts";
export type { BeamOptions, BeamResult } from "./sample/beam.ts";

// Sampling: canvases.
export { canvasWithHoles, openCanvas, parseHoles, reopen } from "./sample/canvas.ts";
export type { CanvasWithHolesOptions, OpenCanvasOptions, Segment, Span } from "./sample/canvas.ts";
export { chooseLengths, meanLogProbability } from "./sample/infill.ts";
export type { Attempt, ChooseLengthsOptions, ChosenLengths } from "./sample/infill.ts";

// Sampling: rules decide what to keep, guidance and processors bend the model's law, stops end the loop.
export { createRule, orderFromSpec, orders, ruleFromSpec, rules } from "./sample/rules/index.ts";
export type { RuleName } from "./sample/rules/index.ts";
export { askAll, evenShare, keepAll, rule, timeOf, timeOfShare } from "./sample/rule.ts";
export type {
  Decision,
  Proposals,
  Rule,
  RuleContext,
  RuleRun,
  RuleTraits,
  Wish,
} from "./sample/rule.ts";
export { anyOf } from "./sample/rules/parts/any-of.ts";
export { opening } from "./sample/rules/parts/opening.ts";
export { entropy, margin } from "./diffusion/categorical.ts";
export { byCertainty, lead, negativeEntropy, ofRows } from "./sample/rules/parts/certainty.ts";
export type { Certainty } from "./sample/rules/parts/certainty.ts";
export { guided, withoutGiven } from "./sample/guide.ts";
export type { GuidedOptions } from "./sample/guide.ts";
export { processorsOf } from "./sample/processor.ts";
export type { Processor, ProcessorOptions, ProcessorView } from "./sample/processor.ts";
export { cutText, endOfText, maxPasses, stopStrings } from "./sample/stop.ts";
export type { Stop, StopStringsOptions, StopVerdict, StopView } from "./sample/stop.ts";

// Training: a step as programs, and the loop around them.
export { averageName, batchInputs, initialState, stepPrograms, stepScalars } from "./train/step.ts";
export type { StepOptions, StepPrograms } from "./train/step.ts";
export { train } from "./train/trainer.ts";
export type { TrainEvent, TrainOptions } from "./train/trainer.ts";
export type { AdamWOptions } from "./optim/adamw.ts";
export { learningRate, learningRateSchedules } from "./optim/learning-rate.ts";
export type { LearningRateOptions } from "./optim/learning-rate.ts";

// Scoring: what a text costs a model, how varied texts are, and how fast they are written.
export { score, scoreProgram } from "./objective/score.ts";
export type { Score, ScoreOptions, ScoreRun, WindowScores } from "./objective/score.ts";
export { costInOrder, exactLikelihood } from "./evaluate/exact.ts";
export type { ExactOptions, Ordering } from "./evaluate/exact.ts";
export type { Likelihood } from "./evaluate/units.ts";
export { entropyOfTexts, unigramEntropy } from "./evaluate/unigram-entropy.ts";
export type { UnigramEntropy } from "./evaluate/unigram-entropy.ts";
export { areaUnder, bleu } from "./evaluate/bleu.ts";
export type { BleuPair } from "./evaluate/bleu.ts";
export {
  likeliestGuess,
  noisyGuess,
  plannerGuess,
  reconstruct,
} from "./evaluate/reconstruction.ts";
export type {
  LatentGuess,
  Reconstruction,
  ReconstructionOptions,
} from "./evaluate/reconstruction.ts";
export { costOfPlan, planLikelihood } from "./evaluate/plan-likelihood.ts";
export type { PlanCost, PlanReader, PlanScores } from "./evaluate/plan-likelihood.ts";
export { measureSpeed } from "./evaluate/speed.ts";
export type { Speed } from "./evaluate/speed.ts";

// Files as bytes: weights, a model's config.json, and all files of a model.
export { decodeSafetensors, encodeSafetensors, readHeader } from "./checkpoint/safetensors.ts";
export type { Safetensors, SafetensorsHeader, TensorEntry } from "./checkpoint/safetensors.ts";
export { readLatentContents } from "./checkpoint/latent-contents.ts";
export type { LatentConfig, LatentContents } from "./checkpoint/latent-contents.ts";
export { decodeConfig, encodeConfig } from "./checkpoint/model-config.ts";
export type { ModelConfig } from "./checkpoint/model-config.ts";
export { modelFiles, readOwnModel, sourceOfBytes } from "./checkpoint/model-contents.ts";
export type { ModelContents, ModelFiles, ModelSource } from "./checkpoint/model-contents.ts";

// Writing with a model: a task, and what is told of it.
export { openModel } from "./generate/model.ts";
export type { OpenOptions, UsableModel } from "./generate/model.ts";
export { write } from "./generate/write.ts";
export { openLatentModel } from "./generate/latent-model.ts";
export type { UsableLatentModel } from "./generate/latent-model.ts";
export { writePlan } from "./generate/write-plan.ts";
export type { Sampling, Start, Task, TaskEvent, TextFrame, Written } from "./generate/task.ts";
