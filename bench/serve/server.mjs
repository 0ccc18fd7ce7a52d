/** A model folder with random weights, and a server of the built program before it. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { writeModelBody, writeModelHead } from "../../dist/checkpoint/model-folder.js";
import { sizeOf, transformerConfig } from "../../dist/model/sizes.js";
import { transformerParameters } from "../../dist/model/transformer.js";
import { initialize } from "../../dist/nn/parameter.js";
import { systemFromSpec } from "../../dist/system/index.js";
import { randomKey } from "../../dist/tensor/index.js";
import { tokenizers } from "../../dist/text/index.js";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Weights are random: speed does not depend on them. */
export async function randomModel(folder, { spec, size, length = 256 }) {
  await mkdir(folder, { recursive: true });
  const kind = systemFromSpec(spec);
  const tokenizer = await tokenizers.byte.train([]);
  const transformer = transformerConfig(sizeOf(size), { vocabulary: tokenizer.size, ...kind });
  const config = { system: kind.name, options: kind.options, length, transformer };
  await writeModelHead(folder, { config, tokenizer });
  const weights = initialize(transformerParameters(transformer), randomKey(1));
  await writeModelBody(folder, { weights, card: "# random weights\n" });
  return join(folder);
}

/** Starts `unmask serve`; resolves when it listens. */
export async function startProgram(folders, options = []) {
  const args = [program, "serve", "--model", folders.join(","), "--port", "0", ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /at (http:\S+)/.exec(line)?.[1];
    if (url) return { url, child, ended, pid: child.pid };
  }
  throw new Error(`the server ended with status ${await ended}`);
}
