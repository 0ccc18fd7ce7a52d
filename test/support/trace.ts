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
  readonly params: Readonly<Record<string, string | number | boolean | null | undefined>>;
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
  readonly missing?: number;
  readonly cache?: GoldenCache;
  /** Whether places see no block behind their own. */
  readonly causal?: boolean;
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

const ranked: Readonly<Record<string, string>> = {
  maskgit_plus: "confidence:reveal=dream",
  topk_margin: "margin:reveal=dream",
  entropy: "entropy:reveal=dream",
  p2: "path-planning",
};

/** LLaDA's and Fast-dLLM's `generate`, and dllm's factor sampler. */
function llada(golden: GoldenCase): Setting {
  const { threshold, factor, cache = "nocache" } = golden.params;
  const fixed = threshold ? `threshold:tau=${threshold}` : "confidence";
  return {
    rule: factor ? `factor:factor=${factor}` : fixed,
    steps: number(golden, "steps"),
    block: number(golden, "block_length"),
    cache: cacheOf(cache),
    scale: number(golden, "cfg_scale"),
  };
}

/** Dream's `diffusion_generate`, and Fast-dLLM's, whose cached kinds write a block's first place at once. */
function dream(golden: GoldenCase): Setting {
  const { alg, threshold, cache = "nocache", block_length: block } = golden.params;
  const byThreshold = alg === "confidence_threshold";
  const steps = number(golden, "steps");
  if (cache === "nocache")
    return { rule: byThreshold ? `paced-threshold:tau=${threshold}` : ranked[String(alg)]!, steps };
  return {
    rule: `left-to-right/${byThreshold ? `threshold:tau=${threshold}` : "entropy:reveal=dream"}`,
    steps,
    block: Number(block),
    cache: cacheOf(cache),
  };
}

/** Open-dCoder's. */
const openDcoder = (golden: GoldenCase): Setting => ({
  rule: ranked[String(golden.params.alg)]!,
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
    causal: sampler.startsWith("BD3LM"),
    scale: number(golden, "cfg_scale"),
    shifted: golden.params.right_shift_logits === true,
  };
}

/** SDAR's `block_diffusion_generate`. */
function sdar(golden: GoldenCase): Setting {
  const { remasking_strategy: strategy, confidence_threshold: tau } = golden.params;
  const kinds: Readonly<Record<string, string>> = {
    sequential: "left-to-right",
    low_confidence_static: "confidence",
    low_confidence_dynamic: `threshold:tau=${String(tau)}+confidence`,
  };
  const block = number(golden, "block_length");
  return {
    rule: kinds[String(strategy)]!,
    stepsPerBlock: number(golden, "denoising_steps"),
    block,
    turn: block,
    causal: true,
  };
}

/** LLaDA2's, and LLaDA2.1's with editing. */
function llada2(golden: GoldenCase): Setting {
  const { threshold, editing_threshold: edit, max_post_steps: settle } = golden.params;
  const block = number(golden, "block_size");
  const turns = { block, turn: block, causal: true };
  return edit === undefined
    ? {
        rule: `threshold:tau=${String(threshold)}+confidence`,
        stepsPerBlock: number(golden, "steps_per_block"),
        ...turns,
      }
    : {
        rule: `joint-threshold:tau=${String(threshold)},edit=${String(edit)},settle=${String(settle)}`,
        ...turns,
      };
}

const cacheOf = (published: unknown): GoldenCache =>
  published === "prefix" || published === "dual" ? published : "none";

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

/** What a case's row looked like, without padding: at full length from the start. */
function canvasesOf(
  golden: GoldenCase,
  row: number,
  maskId: number,
): Pick<Replay, "canvases"> & { missing: number } {
  const { trace, params, attention_mask: valid, sampler = "" } = golden;
  const at = (canvases: Canvases): readonly number[] => rowsOf(canvases)[row]!;
  const written = Number(params.max_new_tokens ?? params.gen_length ?? 0);
  const grows = sampler.startsWith("BD3LM");
  const given = golden.inputs ?? golden.initial_canvas ?? golden.prompt;
  const prompt = given ? at(given) : undefined;
  // A2D pads on the left to whole blocks, the others say so in a mask.
  const pads = grows
    ? at(trace[0]!).length - prompt!.length
    : valid
      ? at(valid).filter((flag) => flag === 0).length
      : 0;
  const length = sampler ? prompt!.length + written : at(trace.at(-1)!).length - pads;
  const steps = trace.map((canvases) => at(canvases).slice(pads, pads + length));
  const start = steps[0]!.every((token) => token !== maskId) || !startsAtStart(golden);
  if (!grows && start && prompt) steps.unshift(prompt.slice(pads));
  const full = steps.map((canvas) => [
    ...canvas,
    ...Array.from({ length: length - canvas.length }, () => maskId),
  ]);
  return { canvases: changes(full), missing: grows ? pads : 0 };
}

/** The rows of a batch; a single canvas is a batch of one. */
const rowsOf = (canvases: Canvases): readonly (readonly number[])[] =>
  typeof canvases[0] === "number"
    ? [canvases as readonly number[]]
    : (canvases as readonly (readonly number[])[]);

/** Whether a trace begins with the canvas before the first pass, and not with that after it. */
const startsAtStart = ({ sampler, params }: GoldenCase): boolean =>
  sampler !== undefined || "gen_length" in params;

/** Each canvas that differs from the one before it. */
const changes = (canvases: readonly (readonly number[])[]): (readonly number[])[] =>
  canvases.filter((canvas, i) => i === 0 || canvas.join() !== canvases[i - 1]!.join());

/** What our loop makes of a replay: the canvas at the start and after each step that changed it. */
export async function replay(
  { rule, steps, stepsPerBlock, block, turn, missing = 0, scale = 0, canvases }: Replay,
  inner: Denoiser,
): Promise<readonly (readonly number[])[]> {
  const canvas = Int32Array.from(canvases[0]!);
  const turned =
    turn === undefined
      ? inner
      : { ...inner, turnOf: (place: number) => Math.floor((place + missing) / turn) };
  const unconditional = withoutGiven(canvas, inner.maskId);
  const frames: number[][] = [];
  for await (const frame of sample({
    denoiser: guided({ denoiser: turned, scale, unconditional }),
    canvas,
    rule: ruleFromSpec(rule),
    steps,
    stepsPerBlock,
    block,
    processors: processorsOf({ temperature: 0 }),
    key: randomKey(1),
  }))
    frames.push([...frame.canvas]);
  return changes(frames);
}
