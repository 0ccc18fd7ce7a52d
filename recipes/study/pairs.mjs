/**
 * Lines of two texts with a tab between them, as what `unmask train` takes to learn the second when the first is given.
 *
 *     node recipes/study/pairs.mjs < sudoku.txt > sudoku.jsonl
 */
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const [first, completion] = line.split("\t");
  process.stdout.write(`${JSON.stringify({ prompt: `${first}\t`, completion })}\n`);
}
