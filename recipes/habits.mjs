/**
 * Gives a model folder a way of its own to write, where nothing else is asked for: `sampling` in its config.json.
 *
 *     node recipes/habits.mjs models/mdlm --rule confidence --block 8 --temperature 0.8
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { decodeConfig, encodeConfig } from "../dist/checkpoint/model-config.js";
import { writeAtomic } from "../dist/checkpoint/write-atomic.js";

const text = /** @type {const} */ ({ type: "string" });
const { values, positionals } = parseArgs({
  options: { rule: text, block: text, temperature: text, "top-p": text },
  allowPositionals: true,
});
const [folder = ""] = positionals;
const { rule, block, temperature, "top-p": topP } = values;
const number = (said) => (said === undefined ? undefined : Number(said));
const habits = { rule, block: number(block), temperature: number(temperature), topP: number(topP) };
const sampling = Object.fromEntries(
  Object.entries(habits).filter(([, value]) => value !== undefined),
);

const path = join(folder, "config.json");
const config = encodeConfig({ ...decodeConfig(readFileSync(path, "utf8"), path), sampling });
// What can't be read again is not written.
decodeConfig(config, path);
await writeAtomic(path, config);
