/**
 * What a kind of puzzle is, for the task that has models solve them: a line of a text holds one, its question and a
 * solution with a tab between them, always as many characters each, so that the length of an answer says nothing.
 *
 * @module
 */
import type { Pair } from "../pairs.ts";

export interface PuzzleKind {
  /** What a line of such a text is, in words. */
  readonly line: string;
  /** Whether a pair is such a puzzle, with a solution that solves it. */
  isPuzzle(pair: Pair): boolean;
  /** Whether an answer, any that follows the rules, solves the question. */
  solves(question: string, answer: string): boolean;
  /** The share of an answer's parts that are right. */
  partsRight(pair: Pair, answer: string): number;
}
