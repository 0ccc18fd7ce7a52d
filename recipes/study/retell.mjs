/**
 * The lines of a text again and again, each time in another order, so that what stands before a line says nothing about it.
 *
 *     node recipes/study/retell.mjs facts.txt 40 1 > facts-train.txt
 *
 * The arguments are the file, how often, and a seed.
 */
import { readFileSync } from "node:fs";
import { permutation, randomKey, randomStream, splitKey } from "../../dist/tensor/index.js";

const [file, times = "10", seed = "1"] = process.argv.slice(2);
const lines = readFileSync(file, "utf8").trimEnd().split("\n");
for (let time = 0; time < Number(times); time++) {
  const key = splitKey(randomKey(Number(seed)), "order", time);
  const order = permutation(randomStream(key), lines.length);
  process.stdout.write(Array.from(order, (index) => `${lines[index]}\n`).join(""));
}
