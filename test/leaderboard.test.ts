/** The recipe of the leaderboard, with a few steps in place of minutes. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const recipe = fileURLToPath(new URL("../recipes/leaderboard.sh", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-leaderboard-"));
afterAll(() => rm(folder, { recursive: true }));

test("puts each system into the table, the best first, and a command of a day once", async () => {
  const [page, data] = [join(folder, "page.md"), join(folder, "stories.txt")];
  const older = "| 0.123 ± 0.001 | mdlm | 2026-01-01 | 10.0 | 1.0M | 1.0M | 2 of a machine | `a` |";
  const head = "| bits per character | … |\n| --- | --- |";
  await writeFile(
    page,
    `before\n<!-- leaderboard: begin -->\n\n${head}\n${older}\n\n<!-- leaderboard: end -->\nafter`,
  );
  await writeFile(data, stories(randomKey(3), 8000).join("\n"));
  const small = { MINUTES: "0.01", SIZE: "nano", TOKENIZER: "char", LENGTH: "16", LIMIT: "4" };
  const settings = { DATA: data, VALID: data, PAGE: page, OUT: join(folder, "runs"), ...small };
  const systems = ["autoregressive", "mdlm:loss=masked", "planner:latents=4,clarity=0.5"];
  const cook = () =>
    spawnSync("bash", [recipe, ...systems], {
      encoding: "utf8",
      env: { ...process.env, THREADS: "1", MORE: "--batch 4 --lr 0.001", ...settings },
    });
  const first = cook();
  expect(first.status, first.stderr).toBe(0);
  const [told, again] = [await readFile(page, "utf8"), cook()];
  expect(again.status, again.stderr).toBe(0);
  expect(await readFile(page, "utf8")).toBe(told);

  const rows = told.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| -"));
  expect(rows).toHaveLength(5);
  expect(rows[1]).toBe(older);
  expect(told).toMatch(/\| [\d.]+ ± [\d.]+ \| autoregressive \| 20/);
  expect(told).toMatch(/\| ≤ [\d.]+ ± [\d.]+ \| mdlm:loss=masked \| 20/);
  expect(told).toMatch(/\| ≤ [\d.]+ ± [\d.]+ \| planner:latents=4,clarity=0.5 \| 20/);
  expect(told).toContain(
    "`DATA=stories.txt VALID=stories.txt MINUTES=0.01 SIZE=nano TOKENIZER=char LENGTH=16 " +
      'MORE="--batch 4 --lr 0.001" recipes/leaderboard.sh mdlm:loss=masked`',
  );
  const bits = rows.slice(1).map((row) => Number(/[\d.]+/.exec(row)![0]));
  expect(bits).toEqual(bits.toSorted((a, b) => a - b));
  expect(told).not.toContain(folder);
  expect(told.endsWith("\nafter")).toBe(true);
}, 300_000);
