/**
 * How often a model that answers is right, word for word, over dialogues of one question each: those it learnt from, and others.
 *
 *     node recipes/answers.mjs --model models/llada-chat --learnt dialogues.jsonl --asked others.jsonl --threads 2 > answers.json
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const text = /** @type {const} */ ({ type: "string" });
const { values } = parseArgs({
  options: { model: text, learnt: text, asked: text, threads: text },
});
const { model = "", threads = "1" } = values;

const dialogues = (path) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).messages.map(({ content }) => content));
const learnt = new Set(dialogues(values.learnt).map(([question]) => question));
const asked = dialogues(values.asked);

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [
    program,
    "generate",
    "--chat",
    "--model",
    model,
    "--length",
    "32",
    "--temperature",
    "0",
    "--threads",
    threads,
  ],
  // Every question begins a conversation.
  { encoding: "utf8", input: asked.map(([question]) => `${question}\n`).join("/reset\n") },
);
if (status !== 0) {
  process.stderr.write(stderr);
  process.exit(1);
}
const answers = stdout.split("\n");

/** How many were asked, and how many of the answers are right. */
function score(indices) {
  const right = indices.filter((i) => answers[i].trim() === asked[i][1]).length;
  return { asked: indices.length, right };
}
const all = asked.map((_, i) => i);
console.log(
  JSON.stringify({
    learnt: score(all.filter((i) => learnt.has(asked[i][0]))),
    others: score(all.filter((i) => !learnt.has(asked[i][0]))),
  }),
);
