import { describe, expect, it } from "vitest";
import { UnmaskError } from "../errors.ts";
import { firstCommands } from "./help.ts";
import { choicesOf } from "./option.ts";
import { parseArguments } from "./parse-arguments.ts";
import { runCli } from "./run-cli.ts";
import type { CliWorld } from "./run-cli.ts";
import { defineVerb } from "./verb.ts";
import { verbs } from "./verbs/index.ts";

/** A verb with an option of each type. */
const toy = defineVerb({
  description: "For tests.",
  examples: [],
  arguments: { text: { doc: "a text" } },
  options: {
    stepCount: { type: "integer", min: 1, default: 3, doc: "steps" },
    rate: { type: "number", above: 0, max: 1, doc: "a rate", otherwise: "none", group: "More" },
    device: { type: "choice", choices: ["cpu", "cuda"], default: "cpu", doc: "device" },
    rule: { type: "choice", choices: async () => ["random", "entropy"], doc: "rule" },
    fast: { type: "boolean", doc: "hurry" },
    fail: { type: "string", doc: "how to fail" },
  },
  async run({ values, given, out, note, signal }) {
    // The types are inferred from the options.
    const steps: number = values.stepCount;
    const rate: number | undefined = values.rate;
    const device: "cpu" | "cuda" = values.device;
    const fast: boolean = values.fast;
    note("working");
    out("result");
    if (values.fail === "usage") throw new UnmaskError("usage", "toy: no");
    if (values.fail === "missing") throw new UnmaskError("missing", "toy: no\nfile");
    if (values.fail === "bug") throw new TypeError("x is undefined");
    if (values.fail === "disk") {
      const error = new Error("ENOSPC: no space left on device, write");
      throw Object.assign(error, { errno: -28, syscall: "write", code: "ENOSPC" });
    }
    if (values.fail === "abort") signal.throwIfAborted();
    return { steps, rate, device, fast, rule: values.rule, text: values.text, given: [...given] };
  },
});

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: readonly string[], world: Partial<CliWorld> = {}): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const status = await runCli(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    signal: new AbortController().signal,
    ...world,
  });
  return { status, stdout, stderr };
}

const toyWorld = { verbs: { toy: { summary: "a toy", load: async () => ({ verb: toy }) } } };
const runToy = (...words: string[]) => run(["toy", ...words], toyWorld);

describe("a verb's values", () => {
  it("are read, typed and filled in", async () => {
    const line = ["hello", "--step-count", "1e3", "--rate=0.5", "--fast", "--rule", "entropy"];
    const { status, stdout } = await runToy(...line, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      steps: 1000,
      rate: 0.5,
      device: "cpu",
      fast: true,
      rule: "entropy",
      text: "hello",
      given: ["stepCount", "rate", "fast", "rule", "text"],
    });
  });

  it("may be negated, negative, and begin with a hyphen after --", async () => {
    const { stdout } = await runToy("--fast", "--no-fast", "--json", "--", "--rate");
    expect(JSON.parse(stdout)).toMatchObject({ fast: false, text: "--rate" });
    expect((await runToy("--rate", "-1")).stderr).toContain('got "-1"');
  });

  it.each([
    [["--step-count", "0"], '--step-count must be an integer >= 1, got "0"'],
    [["--step-count", "2.5"], '--step-count must be an integer >= 1, got "2.5"'],
    [["--step-count", "0x10"], '--step-count must be an integer >= 1, got "0x10"'],
    [["--step-count="], '--step-count must be an integer >= 1, got ""'],
    [["--rate", "NaN"], '--rate must be a number > 0 and <= 1, got "NaN"'],
    [["--step-count"], "--step-count needs a value"],
    [["--step-count", "--fast"], "--step-count needs a value, got the option --fast"],
    [["--fast=maybe"], '--fast is a switch and takes no value, got "maybe"'],
    [["--fail", ""], "--fail must not be empty"],
    [["--device", "cudo"], 'unknown device "cudo"; one of: cpu, cuda (did you mean "cuda"?)'],
    [["--rule", "entropi"], 'did you mean "entropy"?'],
    [["--no-rate"], 'unknown option "--no-rate"'],
    [["--step-cuont", "4"], 'did you mean "--step-count"?'],
    [["-x"], 'unknown option "-x"; a text that begins with "-" goes after "--"'],
    [["one", "two"], 'takes TEXT, got one more: "two"'],
  ])("%j is wrong usage", async (words, message) => {
    const { status, stdout, stderr } = await runToy(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^unmask: toy: [^\n]+\n$/);
  });
});

describe("exit status and error lines", () => {
  it.each([
    ["usage", 2, "usage", "unmask: toy: no\n"],
    ["missing", 1, "missing", "unmask: toy: no; file\n"],
    ["disk", 1, "unavailable", "unmask: ENOSPC: no space left on device, write\n"],
    [
      "bug",
      1,
      "internal",
      "unmask: internal error: x is undefined (set UNMASK_DEBUG=1 for the stack)\n",
    ],
  ])("%s", async (fail, status, code, line) => {
    const plain = await runToy("--fail", fail);
    expect(plain).toEqual({ status, stdout: "result\n", stderr: `working\n${line}` });
    const { stdout } = await runToy("--fail", fail, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code } });
  });

  it("shows the stack of a bug when asked to", async () => {
    const { stderr } = await run(["toy", "--fail", "bug"], {
      ...toyWorld,
      env: { UNMASK_DEBUG: "1" },
    });
    expect(stderr).toContain("run-cli.test.ts");
  });

  it("is 130 after an interruption, whether the verb threw or tidied up", async () => {
    const controller = new AbortController();
    controller.abort();
    const world = { ...toyWorld, signal: controller.signal };
    expect((await run(["toy"], world)).status).toBe(130);
    const thrown = await run(["toy", "--fail", "abort"], world);
    expect(thrown).toMatchObject({ status: 130, stderr: "working\nunmask: interrupted\n" });
  });
});

describe("--json", () => {
  it.each([
    [["toy", "--json"], 0],
    [["--json", "toy"], 0],
    [["toy", "--help", "--json"], 0],
    [["--version", "--json"], 0],
    [["toy", "--frob", "--json"], 2],
    [["tyo", "--json"], 2],
    [["--json"], 2],
    [["toy", "--fail", "bug", "--json"], 1],
  ])("%j prints one object and nothing else", async (words, status) => {
    const result = await run(words, toyWorld);
    expect(result.status).toBe(status);
    expect(result.stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(result.stdout)).toBeTypeOf("object");
  });
});

describe("help", () => {
  it("of the program names every verb and what to try first", async () => {
    const { status, stdout, stderr } = await run(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const name of Object.keys(verbs)) expect(stdout).toContain(`\n  ${name} `);
    for (const { command } of firstCommands) expect(stdout).toContain(command);
    expect(await run([])).toMatchObject({ status: 2, stdout: "" });
  });

  it("fits the terminal", async () => {
    for (const columns of [40, 80]) {
      let text = "";
      const stdout = { write: (more: string) => (text += more), columns };
      for (const name of Object.keys(verbs)) await run([name, "--help"], { stdout });
      // What measures lines by their length relies on it.
      expect(text).toMatch(/^[\n\u0020-\u007E]*$/);
      const [body] = text.split("\nExamples\n");
      for (const line of body!.split("\n").filter((one) => !one.startsWith("Usage"))) {
        expect(line.length).toBeLessThanOrEqual(columns);
      }
    }
  });

  it("is the same however it is asked for", async () => {
    const { stdout } = await runToy("--help");
    expect(stdout).toContain("--step-count N");
    expect(stdout).toContain("random, entropy");
    expect(stdout).toContain("a rate (default: none)");
    expect((await runToy("hello", "-h")).stdout).toBe(stdout);
    expect((await run(["help", "toy"], toyWorld)).stdout).toBe(stdout);
    // Help is given although the rest is wrong.
    expect((await runToy("--step-count", "0", "--help")).stdout).toBe(stdout);
  });

  it.each([["trani"], ["--hepl"], ["help", "trani"]])("%s is an error", async (...words) => {
    const { status, stderr } = await run(words);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^unmask: unknown (verb|option) .*\n$/);
  });
});

describe.each(Object.entries(verbs))("unmask %s", (name, { load }) => {
  it("has defaults that its own options allow", async () => {
    const { verb } = await load();
    for (const [key, spec] of Object.entries(verb.options)) {
      expect(Object.keys(verb.arguments)).not.toContain(key);
      if (spec.type === "choice" && spec.default !== undefined) {
        expect(await choicesOf(spec)).toContain(spec.default);
      }
      if ((spec.type === "number" || spec.type === "integer") && spec.default !== undefined) {
        expect(spec.default).toBeGreaterThanOrEqual(spec.min ?? spec.above ?? -Infinity);
        expect(spec.default).toBeLessThanOrEqual(spec.max ?? Infinity);
      }
    }
  });

  it("has examples that are right usage", async () => {
    const { verb } = await load();
    const shown = [...verb.examples, ...firstCommands].map(({ command }) => shellWords(command));
    expect(verb.examples.length).toBeGreaterThan(0);
    for (const [program, first, ...rest] of shown) {
      expect(program).toBe("unmask");
      if (first === name) await parseArguments(rest, verb.options, verb.arguments);
    }
  });
});

function shellWords(command: string): string[] {
  return Array.from(command.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, bare]) => quoted ?? bare!);
}
