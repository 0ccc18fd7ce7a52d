/** The recipe of the models that ship, at settings so small that they know nothing. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { readModel } from "unmask/node";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const recipe = fileURLToPath(new URL("../recipes/models.sh", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-models-"));
afterAll(() => rm(folder, { recursive: true }));

test(
  "trains from one start, goes on, and leaves folders with cards, and a table",
  { timeout: 400_000 },
  async () => {
    const [page, data] = [join(folder, "page.md"), join(folder, "stories.txt")];
    await writeFile(page, "<!-- scores: begin --><!-- scores: end -->\n");
    await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
    const settings = {
      DATA: data,
      VALID: data,
      SOURCE: "made-up stories",
      PAGE: page,
      OUT: join(folder, "runs"),
      MODELS: join(folder, "models"),
      ONLY: "autoregressive mdlm bd3lm-4 llada-chat",
      TOKENIZER: "bpe:300",
      SIZE: "nano",
      LENGTH: "16",
      BATCH: "2",
      LIMIT: "2",
      COUNT: "2",
      START_STEPS: "2",
      MASK_STEPS: "1",
      CHAT_STEPS: "2",
    };
    const cook = (more: Readonly<Record<string, string>>) =>
      spawnSync("bash", [recipe], {
        encoding: "utf8",
        env: { ...process.env, ...settings, ...more },
      });
    const taken = async (name: string): Promise<number> => {
      const lines = (await readFile(join(folder, "runs", name, "metrics.jsonl"), "utf8")).trim();
      return (JSON.parse(lines.split("\n").at(-1)!) as { step: number }).step;
    };
    const first = cook({ STEPS: "2" });
    expect(first.status, first.stderr).toBe(0);
    // On every way from the start to a model as many.
    const runs = ["masks", "bd3lm-4", "mdlm", "autoregressive"];
    expect(await Promise.all(runs.map(taken))).toEqual([1, 2, 3, 3]);
    const second = cook({ STEPS: "3", ONLY: "autoregressive" });
    expect(second.status, second.stderr).toBe(0);
    expect(second.stderr).toMatch(/4 steps of 2 x 16 from step 3/);

    const names = ["autoregressive", "bd3lm-4", "llada-chat", "mdlm"];
    const habits: Readonly<Record<string, object>> = {
      autoregressive: { temperature: 0.8 },
      mdlm: { rule: "confidence", block: 4, temperature: 0.9 },
      "bd3lm-4": { temperature: 0.6 },
    };
    expect((await readdir(join(folder, "models"))).toSorted()).toEqual(names);
    for (const name of names) {
      const shipped = join(folder, "models", name);
      expect(Object.values((await readModel(shipped)).weights)[0]!.dtype).toBe("float16");
      const card = await readFile(join(shipped, "README.md"), "utf8");
      const { config } = await readModel(shipped);
      expect(config.sampling).toEqual(habits[name]);
      expect(card).toContain(`| writes by itself | ${habits[name] ? "`--" : "as its system does"}`);
      expect(card).toMatch(/\| text \| made-up stories \|/);
      expect(card).toMatch(/unmask train --out runs\/models\/start /);
      expect(card).not.toContain(join(folder, "runs"));
      expect(await readFile(page, "utf8")).toContain(`| \`${name}\` | `);
    }
  },
);
