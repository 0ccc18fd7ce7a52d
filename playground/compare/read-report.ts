/**
 * A `report.json`, as far as the page shows it.
 *
 * @module
 */
import * as z from "zod/mini";
import { UnmaskError } from "../../src/errors.ts";
import type { Comparison } from "../../src/report/comparison/comparison.ts";

const texts = z.array(z.string());
const flag = z.optional(z.boolean());

const measurement = z.object({
  figure: z.string(),
  at: z.optional(z.number()),
  value: z.number(),
  error: z.number(),
  samples: z.number(),
  atMost: flag,
  each: z.optional(z.array(z.number())),
  on: z.optional(z.string()),
});

const outcome = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("measured"),
    measurements: z.array(measurement),
    missing: z.array(
      z.object({ figure: z.string(), at: z.optional(z.number()), reason: z.string() }),
    ),
  }),
  z.object({ kind: z.literal("inapplicable"), reason: z.string() }),
]);

const plot = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("lines"),
    title: z.string(),
    x: z.string(),
    y: z.string(),
    logX: flag,
    logY: flag,
    reference: z.optional(z.string()),
  }),
  z.object({ kind: z.literal("dots"), title: z.string(), figures: texts }),
]);

const task = z.object({
  name: z.string(),
  title: z.string(),
  question: z.string(),
  method: z.string(),
  figures: z.record(
    z.string(),
    z.object({
      label: z.string(),
      unit: z.string(),
      better: z.enum(["higher", "lower", "neither"]),
      share: flag,
      reference: flag,
      timed: flag,
      perToken: flag,
    }),
  ),
  axis: z.optional(z.string()),
  headlines: z.array(
    z.object({
      figure: z.string(),
      at: z.optional(z.union([z.number(), z.literal("most")])),
    }),
  ),
  trade: z.optional(
    z.object({
      quality: z.string(),
      speed: z.string(),
      variety: z.string(),
      realVariety: z.string(),
    }),
  ),
  plots: z.array(plot),
  results: z.array(z.object({ model: z.string(), outcome, seconds: z.number(), commands: texts })),
});

const report = z.object({
  format: z.literal(1),
  command: z.string(),
  made: z.string(),
  machine: z.string(),
  finished: z.boolean(),
  settings: z.object({
    data: z.string(),
    judge: z.optional(z.string()),
    device: z.string(),
    length: z.number(),
    samples: z.number(),
    seed: z.number(),
  }),
  models: z
    .array(
      z.object({
        name: z.string(),
        path: z.string(),
        system: z.string(),
        summary: z.string(),
        paper: z.string(),
        rule: z.string(),
        parameters: z.optional(z.number()),
        length: z.optional(z.number()),
        vocabulary: z.optional(z.number()),
        tokenizer: z.optional(z.string()),
        tokens: z.string(),
        exact: z.boolean(),
      }),
    )
    .check(z.minLength(1)),
  tasks: z.array(task),
});

/**
 * The comparison that a file holds.
 *
 * @param name of the file, for errors
 * @throws UnmaskError "corrupt" for any other file
 */
export function readReport(content: unknown, name: string): Comparison {
  const parsed = report.safeParse(content);
  const strange = parsed.success ? unknownName(parsed.data) : whereOf(parsed.error);
  if (parsed.success && strange === undefined)
    // What was read is the file itself: its fields are those of a Comparison, more than the schema names.
    return content as Comparison;
  throw new UnmaskError(
    "corrupt",
    `${name}: needed a report.json that unmask compare has written, and ${strange ?? "this is another file"}`,
  );
}

/** The same of a file's text. */
export function parseReport(text: string, name: string): Comparison {
  try {
    return readReport(JSON.parse(text), name);
  } catch (error) {
    if (UnmaskError.is(error)) throw error;
    return readReport(undefined, name);
  }
}

const whereOf = ({ issues }: z.core.$ZodError): string | undefined => {
  const path = issues[0]?.path ?? [];
  return path.length === 0 ? undefined : `its ${path.map(String).join(".")} is none`;
};

/** Figures that a task speaks of without explaining them. */
function unknownName({ tasks }: z.infer<typeof report>): string | undefined {
  const strange = tasks.flatMap(({ figures, headlines, plots, trade, results }) => {
    const named = [
      ...headlines.map(({ figure }) => figure),
      ...plots.flatMap((one) =>
        one.kind === "dots"
          ? one.figures
          : [one.y, one.reference ?? one.y, ...(one.x === "axis" ? [] : [one.x])],
      ),
      ...(trade === undefined ? [] : Object.values(trade)),
      ...results.flatMap(({ outcome: found }) =>
        found.kind === "measured"
          ? [...found.measurements, ...found.missing].map(({ figure }) => figure)
          : [],
      ),
    ];
    return named.filter((figure) => !Object.hasOwn(figures, figure));
  });
  return strange.length === 0
    ? undefined
    : `it names a figure "${strange[0]}" that it doesn't have`;
}
