import { expect, test } from "vitest";
import { makeFromSpec, makeVariant, parseSpec, variant } from "./variant.ts";

const fancy = variant(
  {
    kind: "rule",
    name: "fancy",
    summary: "for the test",
    options: {
      tau: { type: "number", default: 0.9, above: 0, maximum: 1, summary: "a threshold" },
      window: { type: "integer", default: 2, minimum: 1, summary: "a size" },
      strict: { type: "flag", default: false, summary: "a flag" },
      order: { type: "choice", default: "left", choices: ["left", "right"], summary: "a name" },
    },
  },
  (options) => options,
);

test("defaults are filled in, and text from flags is read", () => {
  const defaults = { tau: 0.9, window: 2, strict: false, order: "left" };
  expect(fancy()).toEqual(defaults);
  expect(fancy({ tau: undefined })).toEqual(defaults);
  expect(fancy.parse({ tau: "0.5", window: "3", strict: "true", order: "right" })).toEqual({
    tau: 0.5,
    window: 3,
    strict: true,
    order: "right",
  });
});

test.each([
  [{ tau: 0 }, "rule fancy: tau must be a number > 0 and <= 1, got 0"],
  [{ tau: Number.NaN }, "rule fancy: tau must be a number > 0 and <= 1, got NaN"],
  [{ tau: "" }, 'rule fancy: tau must be a number > 0 and <= 1, got ""'],
  [{ window: 1.5 }, "rule fancy: window must be an integer >= 1, got 1.5"],
  [{ strict: "yes" }, 'rule fancy: strict must be true or false, got "yes"'],
  [
    { order: "rigt" },
    'unknown order of rule fancy "rigt"; one of: left, right (did you mean "right"?)',
  ],
  [
    { taul: 1 },
    'unknown option of rule fancy "taul"; one of: order, strict, tau, window (did you mean "tau"?)',
  ],
])("%j is refused with one clear line", (options, message) => {
  expect(() => fancy.parse(options)).toThrow(message);
});

test("a name that is not in the table is refused with the choices", () => {
  expect(() => makeVariant("rule", "fanzy", { fancy })).toThrow(
    'unknown rule "fanzy"; one of: fancy (did you mean "fancy"?)',
  );
});

test("a variant as people write it down: a name, and some of its options", () => {
  const table = { fancy };
  const made = (spec: string) => makeFromSpec("rule", spec, table);
  expect(made("fancy")).toEqual(fancy());
  expect(made("fancy:tau=1e-1,strict=true")).toEqual(fancy({ tau: 0.1, strict: true }));
  expect(parseSpec("rule", "fancy:order=left")).toEqual({
    name: "fancy",
    values: { order: "left" },
  });
  for (const spec of ["fancy:", "fancy:tau", "fancy:tau=", "fancy:=1", "fancy:tau=1=2"])
    expect(() => made(spec)).toThrow("options must be name=value, each once, with commas between");
  expect(() => made("fancy:tau=0.1,tau=0.2")).toThrow('got "tau=0.2"');
  expect(() => made("fancy:taw=0.1")).toThrow('(did you mean "tau"?)');
  expect(() => made("fancy:tau=2")).toThrow(
    'rule fancy: tau must be a number > 0 and <= 1, got "2"',
  );
  expect(() => made("fency")).toThrow('unknown rule "fency"');
});
