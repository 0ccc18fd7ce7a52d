/**
 * Planted errors: while a text is being written, a wrong token is put in the place of one that the model has just
 * written. Does it repair it before it is done?
 *
 * Each text is written twice from the same draws: once as it is, which says how many steps write something and what
 * stands there, and once with the error, in the middle of these steps. It is repaired if in the end another token
 * stands at its place, and that is the one that it took the place of, or one that the judge finds likelier there.
 *
 * Written in eight steps, the fourth writes "sat" and "mat": with "sat" turned into "blue" the text goes on. A rule
 * that keeps what it wrote ends with "blue".
 *
 * @module
 */
import { systemOfModel } from "../../checkpoint/model-system.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import { openCanvas } from "../../sample/canvas.ts";
import { finish } from "../../sample/frame.ts";
import type { Decision, Proposals, Rule } from "../../sample/rule.ts";
import { sample } from "../../sample/sample.ts";
import { randomKey, randomStream, splitKey } from "../../tensor/index.ts";
import type { Random } from "../../tensor/index.ts";
import { allWindows } from "../../text/index.ts";
import { inGroups } from "../in-groups.ts";
import { judgeTexts } from "../judge.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Contestant, FigureDocs, Measurement, Situation, Task } from "./task.ts";

/** A way to write, for models whose tokens stay, or for those that redraw them. */
interface Way {
  /** A key of the figures. */
  readonly name: string;
  readonly label: string;
  /** The rule; undefined is the model's own. */
  readonly rule?: string;
  readonly for: "all" | "masks" | "redraws";
}

const ways: readonly Way[] = [
  { name: "own", label: "by its own rule", for: "all" },
  { name: "remask", label: "by remask", rule: "remask", for: "masks" },
  { name: "loop", label: "by remask, loop", rule: "remask:strategy=loop", for: "masks" },
  { name: "planning", label: "by path-planning", rule: "path-planning", for: "masks" },
  { name: "joint", label: "by joint-threshold", rule: "joint-threshold", for: "masks" },
  { name: "correct", label: "by self-correct", rule: "self-correct", for: "redraws" },
  { name: "renoise", label: "by renoise", rule: "renoise", for: "redraws" },
];

/** Both figures of each way. */
const figures: Readonly<Record<string, FigureDocs>> = Object.fromEntries(
  ways.flatMap(({ name, label }): [string, FigureDocs][] => [
    [
      name,
      {
        label: `repaired ${label}`,
        unit: `of the planted errors repaired ${label}`,
        better: "higher",
        share: true,
        perToken: true,
      },
    ],
    [
      `${name}Gone`,
      {
        label: `gone ${label}`,
        unit: `of the planted errors gone ${label}`,
        better: "neither",
        share: true,
        perToken: true,
      },
    ],
  ]),
);

export const plantedTask: Task = {
  name: "planted",
  title: "Repairing an error while writing",
  question: "Does a model repair a wrong token that is put into a text while it writes it?",
  method:
    "A quarter of each window is given, and the rest is written in the middle one of the numbers of steps. Halfway through these " +
    "a token that was just written is replaced by one from elsewhere in the text. The error is gone if another " +
    "token stands there in the end, and repaired if that is the one it replaced, or likelier to the judge. A model or rule " +
    "that keeps what it wrote repairs nothing.",
  figures,
  headlines: [{ figure: "own" }],
  plots: [
    { kind: "dots", title: "Planted errors repaired", figures: ways.map(({ name }) => name) },
  ],

  async measure(contestant, situation) {
    const { length, samples, tokens, judge, progress } = situation;
    const given = length >> 2;
    if (length - given < 2)
      return inapplicable(`canvases of ${length} tokens are too short to plant an error in`);
    // Each text is written twice, in up to five ways, by rules that read whole rows.
    const limit = Math.max(2, samples >> 2);
    const windows = await allWindows(tokens, { length, limit });
    const prompts = windows.map((window) => window.slice(0, given));
    const pool = Int32Array.from(windows.flatMap((window) => [...window])).filter(
      (token) => !contestant.tokenizer.endIds.includes(token),
    );
    if (pool.every((token) => token === pool[0]))
      return inapplicable("the data holds only one token, so that none can be wrong");
    const on = nameOf(prompts.map((prompt) => contestant.tokenizer.decode(prompt)));
    const fitting = waysOf(contestant);
    const measurements: Measurement[] = [];
    for (const [round, way] of fitting.entries()) {
      const outcomes = await inGroups(prompts, situation.batch, async (prompt, index) => {
        const outcome = await plant(contestant, { prompt, pool, way, index, situation });
        progress((round + (index + 1) / prompts.length) / fitting.length);
        return outcome;
      });
      const gone = outcomes.map(({ planted, final }) => (final === planted ? 0 : 1));
      measurements.push(meanOf(`${way.name}Gone`, gone, { on }));
      if (judge === undefined) continue;
      const better = await likelier(contestant, outcomes, situation);
      const repaired = outcomes.map(({ replaced, final }, i) =>
        gone[i] === 1 && (final === replaced || better[i]!) ? 1 : 0,
      );
      measurements.push(meanOf(way.name, repaired, { on }));
    }
    const missing = judge
      ? []
      : fitting.map(({ name: figure }) => ({ figure, reason: "there is no judge" }));
    return measured(measurements, missing);
  },

  recipes: comparing("planted"),
};

/** The ways that fit a model: its own rule, and those for its process that are not its own. */
function waysOf(contestant: Contestant): Way[] {
  const { kind } = contestant;
  const redraws = systemOfModel(contestant).process?.keepsRevealed === false;
  const fits = redraws ? "redraws" : "masks";
  return ways.filter(
    (way) => way.rule === undefined || (kind.infills && way.rule !== kind.rule && way.for === fits),
  );
}

/** What became of a planted error. */
interface Outcome {
  /** The finished text. */
  readonly canvas: Int32Array;
  readonly place: number;
  /** What the error took the place of, the error, and what stands there in the end. */
  readonly replaced: number;
  readonly planted: number;
  readonly final: number;
}

/** Writes a text, and writes it again with an error in it. */
async function plant(
  contestant: Contestant,
  options: { prompt: Int32Array; pool: Int32Array; way: Way; index: number; situation: Situation },
): Promise<Outcome> {
  const { prompt, pool, way, index, situation } = options;
  const { length, steps: paces, seed, signal } = situation;
  const open = length - prompt.length;
  const { maskId } = contestant.tokenizer;
  const canvas = openCanvas({ prompt, length: open, maskId });
  const values = { rule: way.rule, steps: Math.min(open, paces[paces.length >> 1]!) };
  const write = async (sown: (rule: Rule) => Rule): Promise<Int32Array> => {
    const usual = samplingOptions(contestant, values, { seed, index, canvas });
    const frames = sample({ ...usual, rule: sown(usual.rule), signal });
    return (await finish(frames)).canvas;
  };
  let writing = 0;
  await write((rule) =>
    watched(rule, (decision) => {
      writing += 1;
      return decision;
    }),
  );
  const random = randomStream(splitKey(randomKey(seed), "planted", index));
  let step = 0;
  let error: Omit<Outcome, "canvas" | "final"> | undefined;
  const finished = await write((rule) => ({
    ...watched(rule, (decision, proposals) => {
      if ((step += 1) !== Math.max(1, writing >> 1)) return decision;
      const sowing = sow(decision, proposals, { pool, maskId, random });
      error = sowing.error;
      return sowing.decision;
    }),
    // Another token than the drawn one has a probability only in a whole row.
    readsRows: true,
  }));
  if (error === undefined) throw new Error(`planted: no error was planted in ${writing} steps`);
  return { ...error, canvas: finished, final: finished[error.place]! };
}

/** A rule whose decisions that write tokens are shown to somebody, who may change them. */
function watched(rule: Rule, see: (decision: Decision, proposals: Proposals) => Decision): Rule {
  return {
    ...rule,
    start(context) {
      const run = rule.start(context);
      const { maskId } = context;
      return {
        next: (open) => run.next(open),
        keep(proposals) {
          const decision = run.keep(proposals);
          const writes =
            decision.keep.length > 0 || decision.drafts?.some(({ token }) => token !== maskId);
          return writes ? see(decision, proposals) : decision;
        },
      };
    },
  };
}

/** Puts another token in the place of one that a decision writes. */
function sow(
  decision: Decision,
  { places, tokens: drawn }: Proposals,
  { pool, maskId, random }: { pool: Int32Array; maskId: number; random: Random },
): { readonly decision: Decision; readonly error: Omit<Outcome, "canvas" | "final"> } {
  const { keep, tokens = drawn } = decision;
  const drafts = (decision.drafts ?? []).filter(({ token }) => token !== maskId);
  const choice = random.integer(keep.length + drafts.length);
  const index = choice < keep.length ? keep[choice]! : undefined;
  const draft = index === undefined ? drafts[choice - keep.length]! : undefined;
  const place = draft?.place ?? places[index!]!;
  const replaced = draft?.token ?? tokens[index!]!;
  let planted = replaced;
  while (planted === replaced) planted = pool[random.integer(pool.length)]!;
  const error = { place, replaced, planted };
  if (index !== undefined)
    return { decision: { ...decision, tokens: tokens.with(index, planted) }, error };
  const sown = decision.drafts!.map((one) => (one === draft ? { place, token: planted } : one));
  return { decision: { ...decision, drafts: sown }, error };
}

/** Whether the judge finds each text likelier than the same one with the error. */
async function likelier(
  { tokenizer }: Contestant,
  outcomes: readonly Outcome[],
  { judge }: Situation,
): Promise<boolean[]> {
  const told = (canvas: Int32Array) => ({ text: tokenizer.decode(canvas), ended: false });
  const verdicts = await judgeTexts(
    outcomes.flatMap(({ canvas, place, planted }) => [
      told(canvas),
      told(canvas.with(place, planted)),
    ]),
    judge!,
  );
  return outcomes.map((_, i) => verdicts[2 * i]!.nats < verdicts[2 * i + 1]!.nats);
}
