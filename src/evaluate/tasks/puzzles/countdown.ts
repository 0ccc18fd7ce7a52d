/**
 * Countdown: reach a target with three numbers, each used once, by +, -, * and /. A question is the numbers and the
 * target, an answer two sums, the second of which gives the target (as in Ye et al. 2024, arXiv 2410.14157):
 *
 * ```
 * 030 100 093 023	100-093=007 030-007=023
 * ```
 *
 * Numbers have three digits, so that every answer is as long as every other.
 *
 * @module
 */
import type { PuzzleKind } from "./puzzle.ts";

export const countdown: PuzzleKind = {
  line: "three numbers and a target of three digits each, a tab, and two sums, as 030 100 093 023, 100-093=007 030-007=023",

  isPuzzle: ({ first, second }) =>
    /^\d{3}( \d{3}){3}$/.test(first) && countdown.solves(first, second),

  /** Each sum is right and takes numbers that are left, and the last gives the target. */
  solves(question, answer) {
    const sums = sumsOf(answer);
    const target = Number(question.split(" ").at(-1));
    return sums?.at(-1)?.result === target && allowed(question, sums) === sums.length;
  },

  /** Of its sums, those up to the first that is wrong or takes a number that isn't there. */
  partsRight({ first }, answer) {
    const sums = sumsOf(answer);
    return sums === undefined ? 0 : allowed(first, sums) / sums.length;
  },
};

interface Sum {
  readonly left: number;
  readonly sign: string;
  readonly right: number;
  readonly result: number;
}

/** The sums of an answer; undefined where it is none. */
function sumsOf(answer: string): readonly Sum[] | undefined {
  if (!/^\d{3}[-+*/]\d{3}=\d{3} \d{3}[-+*/]\d{3}=\d{3}$/.test(answer)) return undefined;
  return answer.split(" ").map((sum) => ({
    left: Number(sum.slice(0, 3)),
    sign: sum[3]!,
    right: Number(sum.slice(4, 7)),
    result: Number(sum.slice(8)),
  }));
}

/** How many sums from the first on are right and take numbers that are left. */
function allowed(question: string, sums: readonly Sum[]): number {
  const left = question.split(" ").slice(0, -1).map(Number);
  const takes = (number: number): boolean => {
    const at = left.indexOf(number);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  let count = 0;
  for (const sum of sums) {
    if (!takes(sum.left) || !takes(sum.right) || !holds(sum)) break;
    left.push(sum.result);
    count += 1;
  }
  return count;
}

function holds({ left, sign, right, result }: Sum): boolean {
  if (sign === "+") return left + right === result;
  if (sign === "-") return left - right === result;
  if (sign === "*") return left * right === result;
  return right !== 0 && left === right * result;
}
