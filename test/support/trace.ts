/**
 * Recorded greedy runs of published samplers, as settings of our loop: which rule, steps and blocks a
 * recorded case's parameters stand for, in each family's own words.
 *
 * Steps that change nothing are left out on both sides: ours cost no pass, theirs do.
 */
import { randomKey } from "unmask/tensor";
import type { Denoiser } from "../../src/sample/denoiser.ts";
import { guided, withoutGiven } from "../../src/sample/guide.ts";
import { processorsOf } from "../../src/sample/processor.ts";
import { ruleFromSpec } from "../../src/sample/rules/index.ts";
import { sample } from "../../src/sample/sample.ts";

/** A canvas of token ids, or one for each row of a batch. */
type Canvases = readonly number[] | readonly (readonly number[])[];

/** One case of a `samplers.json`, whichever family's. */
export interface GoldenCase {
  readonly name: string;
  /** A2D: which sampler. */
  readonly sampler?: string;
  readonly params: Readonly<Record<string, string | number | boolean | null>>;
  readonly prompt?: Canvases;
  /** A2D: prompts, or sequences with masks. */
  readonly inputs?: Canvases;
  /** Open-dCoder: prompts with masks. */
  readonly initial_canvas?: Canvases;
  /** 0 for padding, which stands on the left. */
  readonly attention_mask?: Canvases | null;
  readonly trace: readonly Canvases[];
  /** SDAR: where its script wrote over the prompt. */
  readonly prompt_positions_overwritten?: readonly unknown[];
}

/** Which keys and values of earlier passes a network may use again. */
export type GoldenCache = "none" | "prefix" | "dual";

/** How our loop is set for a case. */
interface Setting {
  readonly rule: string;
  readonly steps?: number;
  readonly stepsPerBlock?: number;
  readonly block?: number;
  /** Places of a turn: blocks that are counted from the start of the canvas. */
  readonly turn?: number;
  /** Places missing before the first turn: padding of the published canvas. */
  readonly missing?: number | undefined;
  readonly cache?: GoldenCache;
  /** Guidance. Default: 0. */
  readonly scale?: number;
  /** True if a place is predicted at the place before it, by networks that can do either. */
  readonly shifted?: boolean;
}

/** One row of a case, ready to be run. */
export interface Replay extends Setting {
  readonly name: string;
  /** The canvas at the start and after each step that changed it, without padding. */
  readonly canvases: readonly (readonly number[])[];
}

/** A number of the parameters; 0 if it is not among them. */
const number = ({ params }: GoldenCase, name: string): number => Number(params[name] ?? 0);

/** A parameter as it stands in a rule's text. */
const text = ({ params }: GoldenCase, name: string): string => String(params[name]);

/** A parameter that chooses among rules. */
const choose = (
  golden: GoldenCase,
  name: string,
  rules: Readonly<Record<string, string>>,
): string => rules[text(golden, name)] ?? `no rule for ${name}=${text(golden, name)}`;

const ranked: Readonly<Record<string, string>> = {
  maskgit_plus: "confidence:reveal=dream",
  topk_margin: "margin:reveal=dream",
  entropy: "entropy:reveal=dream",
  p2: "path-planning",
};

/** LLaDA's and Fast-dLLM's `generate`, and dllm's factor sampler. */
function llada(golden: GoldenCase): Setting {
  const { threshold, factor } = golden.params;
  const fixed = threshold ? `threshold:tau=${text(golden, "threshold")}` : "confidence";
  return {
    rule: factor ? `factor:factor=${text(golden, "factor")}` : fixed,
    steps: number(golden, "steps"),
    block: number(golden, "block_length"),
    cache: cacheOf(golden),
    scale: number(golden, "cfg_scale"),
  };
}

/** Dream's `diffusion_generate`, and Fast-dLLM's, which with a cache writes a block's first place at once. */
function dream(golden: GoldenCase): Setting {
  const cache = cacheOf(golden);
  const steps = number(golden, "steps");
  const tau = text(golden, "threshold");
  if (cache === "none") {
    const rules = { ...ranked, confidence_threshold: `paced-threshold:tau=${tau}` };
    return { rule: choose(golden, "alg", rules), steps };
  }
  const rules = {
    entropy: "left-to-right/entropy:reveal=dream",
    confidence_threshold: `left-to-right/threshold:tau=${tau}`,
  };
  const block = number(golden, "block_length");
  return { rule: choose(golden, "alg", rules), steps, block, cache };
}

/** Open-dCoder's. */
const openDcoder = (golden: GoldenCase): Setting => ({
  rule: choose(golden, "alg", ranked),
  steps: number(golden, "steps"),
});

/** dllm's samplers of A2D models. Their steps are dealt to blocks before it is known what is open. */
function a2d(golden: GoldenCase): Setting {
  const { sampler = "" } = golden;
  const inputs = rowsOf(golden.inputs!);
  const block = number(golden, "block_size");
  const isInfill = sampler.endsWith("infill");
  const written = isInfill
    ? Math.max(...inputs.map(({ length }) => length))
    : number(golden, "max_new_tokens");
  const byTurn = isInfill || sampler.startsWith("BD3LM");
  return {
    rule: "confidence:reveal=dllm",
    stepsPerBlock: Math.ceil(number(golden, "steps") / Math.ceil(written / block)),
    ...(byTurn ? { turn: block } : { block }),
    scale: number(golden, "cfg_scale"),
    shifted: golden.params.right_shift_logits === true,
  };
}

/** SDAR's `block_diffusion_generate`. */
function sdar(golden: GoldenCase): Setting {
  const block = number(golden, "block_length");
  return {
    rule: choose(golden, "remasking_strategy", {
      sequential: "left-to-right",
      low_confidence_static: "confidence",
      low_confidence_dynamic: `threshold:tau=${text(golden, "confidence_threshold")}+confidence`,
    }),
    stepsPerBlock: number(golden, "denoising_steps"),
    block,
    turn: block,
  };
}

/** LLaDA2's, and LLaDA2.1's with editing. */
function llada2(golden: GoldenCase): Setting {
  const block = number(golden, "block_size");
  const tau = text(golden, "threshold");
  if (golden.params.editing_threshold === undefined) {
    const stepsPerBlock = number(golden, "steps_per_block");
    return { rule: `threshold:tau=${tau}+confidence`, stepsPerBlock, block, turn: block };
  }
  const edit = text(golden, "editing_threshold");
  const settle = text(golden, "max_post_steps");
  return { rule: `joint-threshold:tau=${tau},edit=${edit},settle=${settle}`, block, turn: block };
}

const cacheOf = ({ params: { cache } }: GoldenCase): GoldenCache =>
  cache === "prefix" || cache === "dual" ? cache : "none";

/** Every family's words. */
export const goldenSamplers = {
  llada,
  dream,
  "qwen2-shifted": openDcoder,
  "a2d-qwen3": a2d,
  sdar,
  "llada-moe": llada,
  "llada2-moe": llada2,
} as const satisfies Readonly<Record<string, (golden: GoldenCase) => Setting>>;

/** A family that has recorded samplers. */
export type SamplerFamily = keyof typeof goldenSamplers;

/**
 * The rows of a family's cases. Those in which SDAR's script wrote over its prompt, a fault by its
 * record, are left out.
 */
export function replaysOf(
  family: SamplerFamily,
  cases: readonly GoldenCase[],
  maskId: number,
): Replay[] {
  return cases
    .filter(({ prompt_positions_overwritten: faults = [] }) => faults.length === 0)
    .flatMap((golden) => {
      const { length } = rowsOf(golden.trace[0]!);
      return Array.from({ length }, (_, row) => {
        const { canvases, missing } = canvasesOf(golden, row, maskId);
        const name = length === 1 ? golden.name : `${golden.name}, row ${row}`;
        return { ...goldenSamplers[family](golden), missing, name, canvases };
      });
    });
}

/** What a case's row looked like, without padding, at full length from the start. */
function canvasesOf(
  { trace, sampler, params, attention_mask: valid, ...golden }: GoldenCase,
  row: number,
  maskId: number,
): Pick<Replay, "canvases" | "missing"> {
  const at = (canvases: Canvases): readonly number[] => rowsOf(canvases)[row]!;
  const given = golden.initial_canvas ?? golden.inputs ?? golden.prompt;
  const prompt = given ? at(given) : at(trace[0]!);
  // dllm fills ragged rows up, on the right, or, in blocks, on the left; the others say so in a mask.
  const inBlocks = sampler?.startsWith("BD3LM") ?? false;
  const padding = inBlocks
    ? at(trace[0]!).length - prompt.length
    : (valid ? at(valid) : []).filter((flag) => flag === 0).length;
  const length = sampler
    ? prompt.length + Number(params.max_new_tokens ?? 0)
    : at(trace[0]!).length - padding;
  const start = inBlocks ? prompt : prompt.slice(padding);
  const steps = trace.map((canvases) => at(canvases).slice(padding, padding + length));
  const full = [start, ...steps].map((canvas) => [
    ...canvas,
    ...new Array<number>(length - canvas.length).fill(maskId),
  ]);
  return { canvases: changes(full), missing: inBlocks ? padding : 0 };
}

/** The rows of a batch; of one canvas, itself. */
const rowsOf = (canvases: Canvases): readonly (readonly number[])[] =>
  isBatch(canvases) ? canvases : [canvases];

const isBatch = (canvases: Canvases): canvases is readonly (readonly number[])[] =>
  typeof canvases[0] !== "number";

/** Canvases that differ from the one before. */
const changes = (canvases: readonly (readonly number[])[]): (readonly number[])[] =>
  canvases.filter((canvas, i) => i === 0 || canvas.join() !== canvases[i - 1]!.join());

/** The canvases that our loop goes through with the settings of a case. */
export async function replay(
  { canvases: [start], rule, turn, missing = 0, scale = 0, ...setting }: Replay,
  denoiser: Denoiser,
): Promise<(readonly number[])[]> {
  const { steps, stepsPerBlock, block } = setting;
  const canvas = Int32Array.from(start!);
  const inTurns = turn
    ? { ...denoiser, turnOf: (place: number) => Math.floor((place + missing) / turn) }
    : denoiser;
  const unconditional = withoutGiven(canvas, denoiser.maskId);
  const seen: number[][] = [];
  for await (const frame of sample({
    denoiser: guided({ denoiser: inTurns, scale, unconditional }),
    canvas,
    rule: ruleFromSpec(rule),
    steps,
    stepsPerBlock,
    block,
    processors: processorsOf({ temperature: 0 }),
    key: randomKey(0),
  }))
    seen.push([...frame.canvas]);
  return changes(seen);
}
