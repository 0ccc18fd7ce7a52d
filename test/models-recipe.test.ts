/** The recipe of the models that ship, at settings so small that they know nothing. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { readLatentModel, readModel } from "unmask/node";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const recipe = (name: string): string =>
  fileURLToPath(new URL(`../recipes/${name}.sh`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-models-"));
afterAll(() => rm(folder, { recursive: true }));

test(
  "trains from one start, goes on, and leaves folders with cards, and a table",
  { timeout: 400_000 },
  async () => {
    const [page, data] = [join(folder, "page.md"), join(folder, "stories.txt")];
    const markers = (name: string): string => `<!-- ${name}: begin --><!-- ${name}: end -->\n`;
    await writeFile(page, markers("scores") + markers("korean"));
    await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
    const settings = {
      DATA: data,
      VALID: data,
      SOURCE: "made-up stories",
      PAGE: page,
      OUT: join(folder, "runs"),
      MODELS: join(folder, "models"),
      ONLY: "autoregressive mdlm bd3lm-4 planner llada-chat",
      TOKENIZER: "bpe:300",
      SIZE: "nano",
      LENGTH: "16",
      BATCH: "2",
      LIMIT: "2",
      COUNT: "2",
      QUESTIONS: "4",
      START_STEPS: "2",
      MASK_STEPS: "1",
      CHAT_STEPS: "2",
      READ_STEPS: "2",
      SAY_STEPS: "2",
    };
    const cook = (more: Readonly<Record<string, string>>, name = "models") =>
      spawnSync("bash", [recipe(name)], {
        encoding: "utf8",
        env: { ...process.env, ...settings, ...more },
      });
    const taken = async (name: string): Promise<number> => {
      const lines = (await readFile(join(folder, "runs", name, "metrics.jsonl"), "utf8")).trim();
      return (JSON.parse(lines.split("\n").at(-1)!) as { step: number }).step;
    };
    const cardOf = (name: string): Promise<string> =>
      readFile(join(folder, "models", name, "README.md"), "utf8");
    const first = cook({ STEPS: "2" });
    expect(first.status, first.stderr).toBe(0);
    // On every way from the start to a model as many.
    const runs = ["masks", "bd3lm-4", "mdlm", "autoregressive"];
    expect(await Promise.all(runs.map(taken))).toEqual([1, 2, 3, 3]);
    const second = cook({ STEPS: "3", ONLY: "autoregressive" });
    expect(second.status, second.stderr).toBe(0);
    expect(second.stderr).toMatch(/4 steps of 2 x 16 from step 3/);
    // Another family beside the first one.
    const third = cook({ STEPS: "1", ONLY: "mdlm" }, "korean");
    expect(third.status, third.stderr).toBe(0);

    const surestFirst = { rule: "confidence", block: 4, temperature: 0.9 };
    const shipped = {
      autoregressive: ["float16", { temperature: 0.8 }],
      "bd3lm-4": ["float16", { temperature: 0.6 }],
      "llada-chat": ["int8", { temperature: 0 }],
      mdlm: ["float16", surestFirst],
      "mdlm-korean": ["int8", surestFirst],
    } as const;
    const folders = [...Object.keys(shipped), "planner"];
    expect(await cardOf("planner")).toMatch(
      /^\| held-out text \| at most .* of them its plans, on/m,
    );
    expect((await readLatentModel(join(folder, "models/planner"))).config.network).toMatchObject({
      quantized: { bits: 8 },
    });
    expect((await readdir(join(folder, "models"))).toSorted()).toEqual(folders);
    for (const [name, [precision, habits]] of Object.entries(shipped)) {
      const { config, weights } = await readModel(join(folder, "models", name));
      expect(Object.values(weights).map(({ dtype }) => dtype)).toContain(precision);
      expect(config.sampling).toEqual(habits);
      expect(await cardOf(name)).toContain(`and then rounded to ${precision}. `);
    }
    const scores: Readonly<Record<string, RegExp>> = {
      planner: /^\| said again \| reconstruction BLEU \d.*, AuBLEU \d/m,
      "llada-chat": /^\| answers \| right word for word: \d of \d to questions that it has/m,
    };
    const table = await readFile(page, "utf8");
    for (const name of folders) {
      const card = await cardOf(name);
      expect(card).toContain("| text | made-up stories");
      expect(card).toMatch(scores[name] ?? /^\| held-out text \| .*\d bits per character/m);
      expect(table.includes(`| \`${name}\` | `)).toBe(name !== "llada-chat");
      const run = { "mdlm-korean": "start-korean" }[name] ?? "start";
      expect(card).toContain(`unmask train --out runs/models/${run} `);
      expect(card).not.toContain(join(folder, "runs"));
    }
  },
);
