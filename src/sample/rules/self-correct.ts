/**
 * Self-correction: a text is written as the reverse process does it, and then improved one token at a time (GIDD,
 * von Rütte et al., 2025, "Generalized interpolating discrete diffusion", the self-correction step). A given text is
 * improved alone.
 *
 * A step of improvement asks about all places, as of a text in which hardly anything is noise (`time`). At each it draws
 * a token from the model's law at a low temperature. Of the drawn tokens that differ from those that stand there, the most probable
 * one is written. It ends when none differs, when the share of tokens that are the model's likeliest has not
 * grown for more than `patience` steps, or with the steps.
 *
 * Any process will do, but only a model that has learnt that tokens may be wrong has something to say: those of
 * uniform noise, or of masks and uniform noise. The published settings are the defaults, for 128 steps.
 *
 * "the cat sit", laws sure of "the", "cat" and "sat" at 0.9, 0.6 and 0.8: at a temperature of 0.1 all three are drawn
 * almost for certain, and "sat", which differs, is written.
 *
 * @module
 */
import { argmax, tempered } from "../../diffusion/categorical.ts";
import { rule } from "../rule.ts";
import type { Decision, Proposals, RuleRun } from "../rule.ts";
import { ancestral } from "./ancestral.ts";

/** Writes, then rewrites the token of which the model is surest that it should be another. */
export const selfCorrect = rule(
  {
    kind: "rule",
    name: "self-correct",
    summary: "the reverse process, and then one token at a time is put right",
    paper: "GIDD (von Rütte et al., 2025), self-correction",
    options: {
      share: {
        type: "number",
        default: 0.5,
        minimum: 0,
        maximum: 1,
        summary: "the share of the steps that is kept for improving what was written",
      },
      temperature: {
        type: "number",
        default: 0.1,
        above: 0,
        summary: "the temperature of the tokens that improve it",
      },
      time: {
        type: "number",
        default: 0.01,
        above: 0,
        maximum: 1,
        summary: "the noise that the model is told there is in a text to improve",
      },
      patience: {
        type: "integer",
        default: 32,
        minimum: 0,
        summary: "stop after more steps than this without progress",
      },
    },
  },
  { keepsRevealed: false, obeysSteps: true, readsRows: true },
  ({ share, temperature, time, patience }, context) => {
    const { open: all, steps } = context;
    const law = (row: Float64Array): Float64Array => tempered(row, temperature);
    const kept = Math.min(steps - 1, Math.floor(share * steps));
    let writer: RuleRun | undefined;
    let isWriting = false;
    let left = steps;
    let [best, stale] = [0, 0];
    const improve = (proposals: Proposals): Decision => {
      const { current, tokens } = proposals;
      const index = surestChange(proposals);
      const agreeing = tokens.filter((token, i) => {
        const standing = i === index ? token : current[i]!;
        return standing === argmax(proposals.law(i));
      });
      const agreement = agreeing.length / all.length;
      stale = agreement > best ? 0 : stale + 1;
      best = Math.max(best, agreement);
      if (index === undefined || stale > patience) left = 0;
      return { keep: left === 0 ? [] : [index!] };
    };
    return {
      next(open) {
        isWriting = open.length > 0;
        if (isWriting) {
          writer ??= ancestral().start({ ...context, steps: steps - kept });
          left = kept;
          return writer.next(open);
        }
        return all.length === 0 || left-- === 0 ? undefined : { places: all, time, law };
      },
      keep: (proposals) => (isWriting ? writer!.keep(proposals) : improve(proposals)),
    };
  },
);

/** The most probable of the drawn tokens that differ from those that stand there. */
function surestChange({ current, tokens, confidence }: Proposals): number | undefined {
  let surest: number | undefined;
  tokens.forEach((token, i) => {
    if (token !== current[i] && (surest === undefined || confidence[i]! > confidence[surest]!))
      surest = i;
  });
  return surest;
}
