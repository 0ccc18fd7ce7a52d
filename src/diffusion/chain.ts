/**
 * Chains in discrete time whose steps are matrices: D3PM's processes without a closed form (Austin et
 * al., 2021, section 3.1).
 *
 * ```
 * q(x_t | x_0) = row x_0 of Q_1 Q_2 ... Q_t,   q(x_t | x_s) = row x_s of Q_{s+1} ... Q_t
 * ```
 *
 * Rows are where a place comes from, columns where it goes. A step of two tokens that swap with a
 * chance of 0.1: [[0.9, 0.1], [0.1, 0.9]]; two of them: [[0.82, 0.18], [0.18, 0.82]].
 *
 * Products from the start and single steps are kept in float64 once they were needed; of jumps over
 * several steps, which step skipping makes, only the latest.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { checkSteps } from "./chain-clock.ts";
import type { ChainRates } from "./chain-rates.ts";
import { identity, multiply } from "./matrix.ts";
import type { SquareMatrix } from "./matrix.ts";
import { processOf } from "./process.ts";
import type { Process, ProcessSetting } from "./process.ts";
import type { Matrix, States } from "./transition.ts";

/** What makes one chain. */
export interface ChainOptions {
  readonly name: string;
  readonly states: States;
  readonly steps: number;
  /** Q_k for k = 1 .. steps: where a place goes in step k, [size * size], rows sum to 1. */
  readonly step: (k: number) => SquareMatrix;
  /** What the last product tends to, [size]: the law from which sampling starts. */
  readonly noise: Float64Array;
}

/** The process of a chain of matrices. */
export function chain({ name, states, steps, step, noise }: ChainOptions): Process {
  const singles = new Map<number, SquareMatrix>();
  const single = (k: number): SquareMatrix => remember(singles, k, () => step(k));
  const products = [identity(states.size)];
  const fromStart = (k: number): SquareMatrix => {
    while (products.length <= k) products.push(multiply(products.at(-1)!, single(products.length)));
    return products[k]!;
  };
  const jumps = new Map<number, SquareMatrix>();
  const jump = (from: number, to: number): SquareMatrix => {
    const key = from * (steps + 1) + to;
    if (!jumps.has(key) && jumps.size >= keptJumps) jumps.delete(jumps.keys().next().value!);
    return remember(jumps, key, () => {
      let product = single(from + 1);
      for (let k = from + 2; k <= to; k++) product = multiply(product, single(k));
      return product;
    });
  };
  return processOf({
    name,
    states,
    steps,
    noise,
    keepsRevealed: false,
    between(s, t): Matrix {
      const [from, to] = [stepAt(name, s, steps), stepAt(name, t, steps)];
      const matrix =
        from === to
          ? products[0]!
          : from === 0
            ? fromStart(to)
            : to === from + 1
              ? single(to)
              : jump(from, to);
      return { kind: "matrix", matrix };
    },
  });
}

/** As many canvases as are likely to be at different steps at once. */
const keptJumps = 8;

/** Which step ends at a time; only steps of the chain will do. */
function stepAt(name: string, time: number, steps: number): number {
  const step = Math.round(time * steps);
  if (Math.abs(time * steps - step) < 1e-9 * steps) return step;
  throw new UnmaskError(
    "usage",
    `process ${name}: times must be multiples of 1 / ${steps}, its steps, got ${time}`,
  );
}

function remember<K, V>(memory: Map<K, V>, key: K, make: () => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}

/** Bytes that a chain's matrices may take. */
const memoryLimit = 2e9;

/**
 * Steps and rates of a process that has no closed form.
 *
 * @throws UnmaskError "usage" in continuous time, and where its matrices would fill the memory
 */
export function chainPace(
  name: string,
  setting: ProcessSetting,
): { steps: number; rates: ChainRates } {
  if (setting.steps === undefined)
    throw new UnmaskError(
      "usage",
      `process ${name}: runs in steps; give steps and rates instead of a schedule`,
    );
  const { steps, rates } = setting;
  const { size } = setting.states;
  checkSteps(steps);
  const matrices = 2 * steps;
  const bytes = size ** 2 * 8 * matrices;
  if (bytes > memoryLimit) {
    const largest = Math.floor(Math.sqrt(memoryLimit / 8 / matrices));
    const longest = Math.floor(memoryLimit / 8 / 2 / size ** 2);
    const remedy =
      `a vocabulary of ${largest} fits with ${steps} steps` +
      (longest > 0 ? `, ${longest} steps fit with this one` : "");
    throw new UnmaskError(
      "usage",
      `process ${name}: its matrices must fit into ${memoryLimit / 1e9} GB, got ${size}^2 entries x 8 bytes x ` +
        `${matrices} products of ${steps} steps = ${(bytes / 1e9).toFixed(1)} GB; ${remedy}, and ` +
        `absorbing, uniform and absorbing-uniform need no matrices`,
    );
  }
  return { steps, rates };
}

/** A matrix on tokens as one on all states: the mask stays what it is. [tokens^2] -> [size^2] */
export function besideMask(tokens: SquareMatrix, { size, maskId }: States): SquareMatrix {
  const result = new Float64Array(size * size);
  const id = (token: number): number => (token < maskId ? token : token + 1);
  const count = size - 1;
  tokens.forEach((p, at) => {
    result[id(Math.floor(at / count)) * size + id(at % count)] = p;
  });
  result[maskId * size + maskId] = 1;
  return result;
}

/** A step in which a token is masked with a chance, and otherwise does as before. */
export function orMasked(step: SquareMatrix, chance: number, states: States): SquareMatrix {
  const { size, maskId } = states;
  return step.map((p, at) => {
    const from = Math.floor(at / size);
    if (from === maskId) return p;
    return at % size === maskId ? chance + (1 - chance) * p : (1 - chance) * p;
  });
}
