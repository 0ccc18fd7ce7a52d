/** The room Compare in a real browser: curves of a training while it trains, and reports. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { looksRight, openPage, program, servePlayground, tiny } from "./playground-server.ts";
import type { Playground } from "./playground-server.ts";

const run = (...words: string[]): Promise<unknown> =>
  promisify(execFile)(process.execPath, [program, ...words]);

let playground: Playground;
let browser: Browser;
let page: Page;
let complaints: string[];
/** A report outside the folder of runs. */
let report: string;

beforeAll(async () => {
  playground = await servePlayground();
  const { runs, data } = playground;
  const models = `${join(runs, "causal")},${join(runs, "masked")}`;
  const tasks = ["--tasks", "likelihood,writing,infill", "--steps", "2,4", "--samples", "2"];
  const out = join(runs, "..", "report");
  await run("compare", "--models", models, "--data", data, "--out", out, "--length", "8", ...tasks);
  report = join(out, "report.json");
  browser = await openBrowser({ webgpu: false });
});
afterAll(async () => {
  await browser?.close();
  await playground?.stop();
});
beforeEach(async () => {
  complaints = [];
  page = await openPage(browser, complaints);
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
});

const visit = (hash: string): Promise<unknown> => page.goto(`${playground.address}${hash}`);
const rowOf = (name: string) => page.locator("tr", { has: page.getByLabel(name, { exact: true }) });
/** The text of a run's row, whenever the page has looked again. */
const row = (name: string) => expect.poll(() => rowOf(name).textContent(), { timeout: 60_000 });
const stepOf = async (name: string): Promise<number> =>
  Number(/(\d+) of/.exec((await rowOf(name).textContent()) ?? "")?.[1]);

describe("runs", () => {
  test("are drawn while they train", async () => {
    const { runs, data } = playground;
    await visit("#compare");
    await row("masked").toContain("10 of 10");
    const words = [
      "--data",
      data,
      "--out",
      join(runs, "live", "고양이"),
      ...tiny,
      "--threads",
      "1",
    ];
    const training = run("train", ...words, "--steps", "400");
    // Seen under way, not only when it is over.
    await row("live/고양이").toContain("now");
    const early = await stepOf("live/고양이");
    await expect.poll(() => stepOf("live/고양이"), { timeout: 60_000 }).toBeGreaterThan(early);
    await training;
    await row("live/고양이").toMatch(/400 of 400.*≤ .*finished/);
    expect(early).toBeLessThan(400);
    await page.locator(".chart canvas").waitFor();
  });

  test("are chosen, and a link restores the choice", async () => {
    await visit("#compare");
    await page.getByLabel("causal", { exact: true }).uncheck();
    await page.getByLabel("Logarithmic axes").check();
    await page.getByLabel("much").check();
    await expect.poll(() => page.url()).toContain("much");
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    await row("masked").toContain("10 of 10");
    expect(await page.getByLabel("causal", { exact: true }).isChecked()).toBe(false);
    expect(await page.getByLabel("masked", { exact: true }).isChecked()).toBe(true);
    expect(await page.getByLabel("Logarithmic axes").isChecked()).toBe(true);
  });
});

describe("a report", () => {
  test("from a file shows its verdict, all figures, and its pictures", async () => {
    await visit("#compare");
    await page.getByLabel("Open a report").setInputFiles(report);
    const { tasks } = JSON.parse(await readFile(report, "utf8")) as {
      tasks: { title: string; plots: unknown[] }[];
    };
    for (const { title } of tasks) await page.getByRole("heading", { name: title }).waitFor();
    await page.getByRole("heading", { name: "masked beside causal" }).waitFor();
    const figures = page.getByRole("region", { name: "All figures: table" });
    expect(await figures.textContent()).toMatch(/likelihood: bits\/character, own score.*≤ \d.*±/);
    const pictures = tasks.reduce((sum, { plots }) => sum + plots.length, 0);
    await expect.poll(() => page.locator(".charts :is(canvas, .dots)").count()).toBe(pictures);
    // The pointer tells what stands there.
    const chart = page.locator(".charts .chart").first();
    await chart.locator(".u-over").hover();
    expect(await chart.locator(".readout").textContent()).toMatch(/tokens\/s .*: /);
  });

  test("of the server is found, restored by a link, and dropped ones are opened", async () => {
    const { runs } = playground;
    await mkdir(join(runs, "reports", "first"), { recursive: true });
    const target = join(runs, "reports", "first", "report.json");
    await copyFile(report, `${target}.part`);
    await rename(`${target}.part`, target);
    await visit("#compare?report=reports%2Ffirst");
    await page.getByRole("heading", { name: "masked beside causal" }).waitFor();
    const content = (await readFile(report, "utf8")).replaceAll("masked", "가면 <b>&amp;</b>");
    const data = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.json"));
      return transfer;
    }, content);
    await page.locator(".reports").dispatchEvent("drop", { dataTransfer: data });
    await page.getByRole("heading", { name: "가면 <b>&amp;</b> beside causal" }).waitFor();
  });

  test.each([
    ["a picture", "\u0089PNG"],
    ["frames", '{"unmask":"frames","version":1,"recordings":[]}'],
    ["nothing", "null"],
    ["another layout", '{"format":2}'],
  ])("that is %s gets one line", async (_, content) => {
    await visit("#compare");
    const buffer = Buffer.from(content);
    const file = { name: "wrong.json", mimeType: "application/json", buffer };
    await page.getByLabel("Open a report").setInputFiles(file);
    const alert = page.getByRole("alert").filter({ hasText: "wrong.json: needed a report.json" });
    await alert.waitFor();
    expect(((await alert.textContent()) ?? "").length).toBeLessThan(200);
  });

  test("that speaks of figures which it doesn't have is refused", async () => {
    const strange = (await readFile(report, "utf8")).replaceAll('"own"', '"__proto__"');
    await visit("#compare");
    const file = { name: "odd.json", mimeType: "application/json", buffer: Buffer.from(strange) };
    await page.getByLabel("Open a report").setInputFiles(file);
    await page.getByRole("alert").filter({ hasText: "odd.json: needed" }).waitFor();
  });
});

test("without a server a report can still be opened", async () => {
  await page.route("**/v1/**", (route) => route.abort());
  await visit("#compare");
  await page.getByText("no server behind this page").waitFor();
  await page.getByLabel("Open a report").setInputFiles(report);
  await page.getByRole("heading", { name: "masked beside causal" }).waitFor();
  // The browser's own words about what could not be loaded.
  for (const words of complaints.splice(0)) expect(words).toMatch(/ERR_FAILED/);
});

test.each(["light", "dark"] as const)("axe finds nothing, %s", async (scheme) => {
  await page.emulateMedia({ colorScheme: scheme });
  await visit("#compare");
  await page.getByLabel("Open a report").setInputFiles(report);
  await page.getByRole("heading", { name: "masked beside causal" }).waitFor();
  await page.locator(".chart canvas").first().waitFor();
  await looksRight(page, `compare-${scheme}`);
});
