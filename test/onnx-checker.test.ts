/**
 * The ONNX files that programs become, in the eyes of ONNX's own checker.
 *
 * Runs where Python has the `onnx` package (`pip install onnx`; PYTHON names the interpreter).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { toOnnx } from "unmask/tensor";
import type { OpName, Program } from "unmask/tensor";
import { canvasProgram } from "../src/model/network.ts";
import { ops } from "../src/tensor/ops/index.ts";
import { caseProgram, opCases } from "./support/op-cases.ts";
import { nano, trainingPrograms } from "./support/training-case.ts";

const python = process.env["PYTHON"] ?? "python3";
const checker = spawnSync(python, ["-c", "import onnx"]).status === 0;
const script = fileURLToPath(new URL("peers/check-onnx.py", import.meta.url));

if (checker)
  test("ONNX's checker and strict shape inference accept every program", () => {
    const folder = mkdtempSync(join(tmpdir(), "unmask-onnx-"));
    try {
      for (const [name, program] of Object.entries(programs()))
        writeFileSync(join(folder, `${name.replaceAll(/\W+/g, "-")}.onnx`), toOnnx(program));
      const answer = execFileSync(python, [script, folder], { encoding: "utf8" });
      expect(JSON.parse(answer)).toEqual({});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
else
  test(`ONNX's checker was NOT run: ${python} has no package "onnx"`, () => {
    console.warn(`${python} -c "import onnx" fails: saved ONNX files are not checked here`);
  });

/** Every op case, with and without its gradients, a whole model, and whole training steps. */
function programs(): Record<string, Program> {
  const all: Record<string, Program> = {};
  for (const op of Object.keys(opCases) as OpName[])
    for (const opCase of opCases[op]) {
      all[`${op} ${opCase.name}`] = caseProgram(opCase, { gradients: false });
      const floats = Object.values(opCase.inputs).some(
        ({ dtype = "float32" }) => dtype === "float32",
      );
      if (floats && typeof ops[op].gradient === "function")
        all[`${op} ${opCase.name} gradient`] = caseProgram(opCase, { gradients: true });
    }
  for (const cache of [false, true])
    all[`canvas ${cache ? "with" : "without"} cache`] = canvasProgram(nano, {
      maskId: 0,
      cache,
    });
  for (const accumulate of [1, 2])
    for (const [part, program] of Object.entries(trainingPrograms(accumulate)))
      if (program) all[`training ${accumulate} ${part}`] = program;
  return all;
}
