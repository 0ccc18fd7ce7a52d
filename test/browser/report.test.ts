/**
 * The page of a comparison in a real browser, without a network: wide and narrow, light and dark.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tasks } from "../../src/evaluate/tasks/index.ts";
import { meanOf, measured, inapplicable } from "../../src/evaluate/tasks/task.ts";
import type { Measurement, Outcome, Task } from "../../src/evaluate/tasks/task.ts";
import { drawPlots, drawTasks } from "../../src/report/comparison/charts.ts";
import type { Comparison } from "../../src/report/comparison/comparison.ts";
import { comparisonPage } from "../../src/report/comparison/page.ts";
import { taskPicture } from "../../src/report/comparison/picture.ts";
import { rankingsOf } from "../../src/report/comparison/ranking.ts";
import { openBrowser } from "./browser.ts";

const names = ["ar", `마스크 확산 모델 <img src=x onerror="alert(1)">`, "blocks"];

/** Figures for every task: values that rise with the model and the place. */
function outcomeOf(task: Task, model: number): Outcome {
  if (task.name === "puzzles") return inapplicable("the data holds <b>none</b>");
  const places = task.axis === undefined ? [undefined] : [1, 4, 16];
  const figures = Object.entries(task.figures).flatMap(([figure, docs]) =>
    (docs.reference ? [undefined] : places).map((at, i): Measurement => {
      const middle = (model + i + 1) / 8;
      const found = meanOf(figure, [middle * 0.9, middle, middle * 1.1], { on: "x" });
      return { ...found, at };
    }),
  );
  return measured(figures, [{ figure: Object.keys(task.figures)[0]!, at: 7, reason: "too <few>" }]);
}

const comparison: Comparison = {
  format: 1,
  command: "unmask compare --models ar,masked,blocks --data test.txt --out report",
  made: "2026-11-29",
  machine: "a machine, 2 threads",
  finished: true,
  settings: {
    data: "test.txt",
    judge: "ar",
    device: "cpu",
    length: 64,
    samples: 3,
    steps: [1, 4, 16],
    lengths: [1, 4, 16],
    batch: 16,
    seed: 0,
  },
  models: names.map((name, i) => ({
    name,
    path: name,
    system: i === 0 ? "autoregressive" : "mdlm",
    summary: "one token after another",
    paper: "a paper",
    rule: "ancestral",
    parameters: 1e6,
    length: 64,
    vocabulary: 100,
    tokenizer: "char",
    tokens: "x",
    exact: i === 0,
  })),
  tasks: Object.values(tasks).map((task) => ({
    ...task,
    results: names.map((model, i) => ({
      model,
      outcome: outcomeOf(task, i),
      seconds: 1,
      commands: [`unmask evaluate --model '${model}'`],
    })),
  })),
};

const folder = await mkdtemp(join(tmpdir(), "unmask-report-"));
const file = join(folder, "report.html");
let browser: Browser;

beforeAll(async () => {
  await writeFile(file, comparisonPage(comparison, await drawTasks(comparison)));
  browser = await openBrowser({ webgpu: false });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

describe.each([
  ["wide, light", 1280, "light"],
  ["wide, dark", 1280, "dark"],
  ["a phone, dark", 375, "dark"],
] as const)("%s", (_, width, colorScheme) => {
  test("opens without network, errors or sideways scrolling, and shows its pictures", async () => {
    const context = await browser.newContext({
      offline: true,
      colorScheme,
      viewport: { width, height: 800 },
    });
    try {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("request", (request) => {
        const address = request.url();
        if (!address.startsWith("file:") && !address.startsWith("data:")) problems.push(address);
      });
      await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
      expect(problems).toEqual([]);

      const plots = Object.values(tasks).reduce((sum, task) => sum + task.plots.length, 0);
      // Puzzles fit nobody here, and have no picture.
      expect(await page.locator("figure svg").count()).toBe(plots - 1);
      for (const svg of await page.locator("figure svg").all()) {
        const box = (await svg.boundingBox())!;
        expect(box.width).toBeGreaterThan(250);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
      }
      const sideways = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(sideways).toBe(0);
      // A name is text, in the headline and in tables.
      expect(await page.locator("h1").textContent()).toBe(names.join(" · "));
      expect(await page.locator("img").count()).toBe(0);
      // The models', and those of all tasks but the puzzles; and who is ahead of whom.
      const rankings = comparison.tasks.flatMap((task) => rankingsOf(task, comparison));
      expect(rankings.length).toBeGreaterThan(0);
      const tables = Object.keys(tasks).length + rankings.length;
      expect(await page.locator("table").count()).toBe(tables);
      expect(await page.getByText("not applicable: the data holds <b>none</b>").count()).toBe(3);
      // The pictures take the page's colours, in light and in dark.
      const colours: unknown = await page.evaluate(`(() => {
        const [mark] = document.querySelectorAll("figure svg path[fill^=var]");
        return [getComputedStyle(mark).fill, getComputedStyle(document.body).backgroundColor];
      })()`);
      expect(colours).toEqual(
        colorScheme === "dark"
          ? ["rgb(122, 180, 245)", "rgb(21, 22, 26)"]
          : ["rgb(31, 95, 168)", "rgb(253, 253, 252)"],
      );
    } finally {
      await context.close();
    }
  });
});

test("a picture that stands alone is well-formed, and nothing sticks out of it", async () => {
  const page = await browser.newPage();
  try {
    for (const task of comparison.tasks) {
      const picture = taskPicture(task, comparison, await drawPlots(task, comparison));
      // Puzzles fit nobody here.
      expect(picture === undefined, task.name).toBe(task.name === "puzzles");
      if (picture === undefined) continue;
      const path = join(folder, `${task.name}.svg`);
      await writeFile(path, picture);
      await page.goto(pathToFileURL(path).href);
      const seen: unknown = await page.evaluate(`(() => {
        const { width, height } = document.documentElement.viewBox.baseVal;
        const marks = [...document.querySelectorAll("text, path")].filter((one) => !one.closest("defs"));
        const outside = marks.filter((one) => {
          const box = one.getBoundingClientRect();
          return box.left < 0 || box.top < 0 || box.right > width || box.bottom > height;
        });
        return {
          root: document.documentElement.tagName,
          broken: document.querySelectorAll("parsererror").length,
          outside: outside.map((one) => one.outerHTML),
          names: [...document.querySelectorAll("text")].map((one) => one.textContent.trim()),
        };
      })()`);
      expect(seen).toMatchObject({ root: "svg", broken: 0, outside: [] });
      expect(seen).toMatchObject({ names: expect.arrayContaining(names) });
    }
  } finally {
    await page.close();
  }
});
