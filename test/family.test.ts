/** The recipe of the family's table, at settings so small that its numbers mean nothing. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const recipe = fileURLToPath(new URL("../recipes/family.sh", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-family-"));
afterAll(() => rm(folder, { recursive: true }));

test(
  "trains, scores, writes one row for each system, and goes on where it was",
  { timeout: 240_000 },
  async () => {
    const page = join(folder, "page.md");
    await writeFile(page, "Before.\n<!-- table: begin --><!-- table: end -->\nAfter.\n");
    const data = join(folder, "stories.txt");
    await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
    const cook = (settings: Readonly<Record<string, string>>) =>
      spawnSync("bash", [recipe], {
        encoding: "utf8",
        env: { ...process.env, DATA: data, OUT: join(folder, "runs"), PAGE: page, ...settings },
      });

    const refused = cook({ ONLY: "mdlm" });
    expect([refused.status, refused.stderr.trim().split("\n").length]).toEqual([2, 1]);

    const small = { SIZE: "nano", LENGTH: "8", BATCH: "2", LIMIT: "2", SAMPLES: "2", COUNT: "2" };
    const only = { ONLY: "autoregressive mdlm" };
    const first = cook({ ...small, ...only, STEPS: "2" });
    expect(first.status, first.stderr).toBe(0);
    const second = cook({ ...small, ...only, STEPS: "3" });
    expect(second.status, second.stderr).toBe(0);
    expect(second.stderr).toMatch(/3 steps of 2 x 8 from step 2/);

    const written = await readFile(page, "utf8");
    const rows = written.split("\n").filter((line) => line.startsWith("| "));
    const cells = rows.map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(cells.map(([name]) => name)).toEqual(["", "---", "autoregressive", "mdlm", "real text"]);
    for (const row of cells) expect(row).toHaveLength(9);
    const [, , causal, masked] = cells;
    const figure = /^(≤ )?\d+\.\d{3} ± \d+\.\d{3}<br>(≤ )?\d+\.\d{3} ± \d+\.\d{3}$/;
    expect(causal![1]).toBe(causal![2]);
    expect(causal![3]).toBe("–");
    for (const cell of [causal![1], ...masked!.slice(1, 4)]) expect(cell).toMatch(figure);
    expect(masked![1]).toMatch(/^≤/);
    expect(written).toMatch(
      /^Before\.\n<!-- table: begin -->\n[^]*STEPS=3[^]*<!-- table: end -->\nAfter\.\n$/,
    );
  },
);
