/**
 * The playground as a static site in a real browser: no server of ours, models in the tab. What they write is what Node
 * writes, what the Lab learns is what Node learns, and axe looks at it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync, zipSync } from "fflate";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Start, TextFrame } from "../../src/generate/task.ts";
import { readServableFolder } from "../../src/serve/engine/servable-folder.ts";
import { cpuRuntime } from "../../src/tensor/runtime/ort-node.ts";
import { openBrowser, serveFolder } from "./browser.ts";
import type { Site } from "./browser.ts";
import { looksRight, openPage, program, tiny } from "./playground-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
let site: Site;
let address: string;
let browser: Browser;
let page: Page;
/** What the page has said to the console that it should not. */
let complaints: string[] = [];

const unmask = (words: readonly string[], cwd?: string): string =>
  execFileSync(process.execPath, [program, ...words], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
const buildSite = (...words: string[]) =>
  spawnSync(process.execPath, [join(root, "scripts/build-site.mjs"), ...words], {
    encoding: "utf8",
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-site-"));
  const data = join(folder, "data.txt");
  const lines = ["The cat sat on a mat.", "A dog had a blue kite.", "고양이가 방석에 앉았다."];
  await writeFile(data, Array.from({ length: 300 }, (_, i) => lines[i % 3]).join("\n"));
  for (const [name, system, tokenizer] of [
    ["masked", "mdlm", "word"],
    ["causal", "autoregressive", "char"],
  ] as const) {
    const kind = ["--system", system, "--tokenizer", tokenizer];
    unmask([
      "train",
      "--data",
      data,
      "--out",
      join(folder, "models", name),
      ...kind,
      ...tiny,
      "--steps",
      "10",
    ]);
  }
  const plans = join(folder, "models/plans");
  const from = ["--init", join(folder, "models/causal"), "--length", "16", "--batch", "4"];
  unmask([
    "train",
    "--data",
    data,
    "--out",
    plans,
    "--system",
    "planner",
    ...from,
    "--steps",
    "10",
  ]);
  const [whole, rounded] = ["masked", "rounded"].map((name) => join(folder, "models", name));
  unmask(["import", whole!, "--out", rounded!, "--quantize", "int8"]);
  const out = join(folder, "host/deep/site");
  const built = buildSite(join(folder, "models"), "--out", out);
  expect(built).toMatchObject({ stderr: "", status: 0 });
  site = await serveFolder(join(folder, "host"));
  address = `${site.address}deep/site/`;
  browser = await openBrowser({ webgpu: false });
});
afterAll(async () => {
  await Promise.all([browser?.close(), site?.close()]);
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await page?.context().close();
  expect(complaints).toEqual([]);
});

/** A page of its own; without `options` it is isolated by the site's service worker. */
async function visit(
  hash: string,
  { inside = browser, ...options }: BrowserContextOptions & { inside?: Browser } = {},
): Promise<void> {
  complaints = [];
  page = await openPage(inside, complaints, options);
  await page.goto(`${address}${hash}`);
  await page.getByRole("navigation", { name: "Rooms" }).waitFor();
}
const isIsolated = (): Promise<boolean> => page.evaluate(() => globalThis.crossOriginIsolated);
const press = (name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click();

/** Saves what a button hands out. */
async function saved(button: string): Promise<Buffer> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  return readFile(await (await download).path());
}

/** What a frame shows; how sure the model was differs by rounding. */
type Shown = Pick<TextFrame, "step" | "passes"> & { readonly pieces: readonly string[] };
const shownOf = ({ step, passes, pieces }: Omit<TextFrame, "text">): Shown => ({
  step,
  passes,
  pieces: pieces.map(({ text, places, open, changed }) => `${text} ${places} ${open} ${changed}`),
});

/** The frames of everything that the room has written. */
async function framesOfPage(): Promise<Shown[][]> {
  const { recordings } = JSON.parse((await saved("Save frames")).toString()) as {
    recordings: { frames: TextFrame[] }[];
  };
  return recordings.map(({ frames }) => frames.map(shownOf));
}

/** The frames that Node has for the same task. */
async function framesOfNode(name: string, start: Start, seed: number): Promise<Shown[]> {
  const model = await readServableFolder(join(folder, "models", name));
  const write = await model.open({ name, runtime: cpuRuntime({ threads: 1 }) });
  const frames: Shown[] = [];
  const task = { start, sampling: {}, seed, stop: [], echo: false, frames: true } as const;
  const signal = new AbortController().signal;
  for await (const event of write({ ...task, alternatives: undefined }, signal))
    if (event.kind === "frame") frames.push(shownOf(event.frame));
  return frames;
}

/** Runs a race, and returns the frames of each model without the given prompt. */
async function raced(): Promise<Shown[][]> {
  await press("Race");
  await expect.poll(() => page.getByRole("button", { name: "Stop" }).count(), patient).toBe(0);
  return (await framesOfPage()).map((frames) =>
    frames.map(({ pieces, ...rest }) => ({ ...rest, pieces: pieces.slice(1) })),
  );
}
const patient = { timeout: 150_000 };
const race = (length: number, models: readonly string[]): string => {
  const lanes = models.map((model) => `model=${model}`).join("|");
  return `#race?prompt=The+cat&length=${length}&seed=5&lanes=${encodeURIComponent(lanes)}`;
};
const raceOfNode = (length: number, models: readonly string[]): Promise<Shown[][]> => {
  const start = { kind: "continue", prompt: "The cat", length } as const;
  return Promise.all(models.map((name) => framesOfNode(name, start, 5)));
};
const all = ["causal", "masked", "plans", "rounded"];

describe("models in the tab", () => {
  test("race step by step as in Node, with threads that the host has not allowed for", async () => {
    await visit(race(24, all));
    expect(await isIsolated()).toBe(true);
    expect(await raced()).toEqual(await raceOfNode(24, all));
    // Beside the workers of the models there are those of their threads.
    expect(page.workers().length).toBeGreaterThan(all.length);
  });

  test("race on one thread where there is no service worker", async () => {
    await visit(race(16, all), { serviceWorkers: "block" });
    // What blocks them says so.
    const isExpected = (line: string): boolean =>
      line.includes("Service Worker registration blocked");
    complaints.splice(0, complaints.length, ...complaints.filter((line) => !isExpected(line)));
    expect(await isIsolated()).toBe(false);
    expect(await raced()).toEqual(await raceOfNode(16, all));
    expect(page.workers()).toHaveLength(all.length);
  });

  test("race on the GPU as in Node", async () => {
    const inside = await openBrowser({ webgpu: true });
    try {
      await visit(race(4, ["masked", "rounded"]), { inside });
      const files: string[] = [];
      page.on("request", (request) => files.push(request.url().replace(/^.*\//, "")));
      expect(await raced()).toEqual(await raceOfNode(4, ["masked", "rounded"]));
      // WebGPU's own build of the runtime.
      expect(files).toContain("ort-wasm-simd-threaded.asyncify.wasm");
    } finally {
      await page.context().close();
      await inside.close();
    }
  });

  test("fill holes as in Node, tell what else was likely, and refine", async () => {
    await visit("#canvas?text=The+cat[[4]]+a+mat.&seed=3");
    await press("Fill the holes");
    const undo = page.getByRole("button", { name: "Undo" });
    await expect.poll(() => undo.isEnabled(), patient).toBe(true);
    const start = { kind: "fill", text: "The cat[[4]] a mat.", longest: 16 } as const;
    expect(await framesOfPage()).toEqual([await framesOfNode("masked", start, 3)]);
    await page.locator('.cells .cell[data-kind="decided"]').first().hover();
    expect(await page.locator(".readout").textContent()).toMatch(/certainty .*likeliest: /);
    await page.getByRole("option", { name: "“cat”, given" }).click();
    await press("Refine 1 chosen");
    // What was filled before is given now: one place alone is anew.
    const anew = page.locator('.cells .cell:is([data-kind="decided"], [data-kind="end"])');
    await expect.poll(() => anew.count(), patient).toBe(1);
  });

  test("what makes no sense is told in one line, and the next request is served", async () => {
    await visit("#race?prompt=The&length=8&lanes=model%3Dmasked%26rule%3Dnonsense");
    await press("Race");
    await page.getByRole("alert").filter({ hasText: 'unknown rule "nonsense"' }).waitFor();
    await page.goto(`${address}#race?prompt=The&length=8&lanes=model%3Dmasked`);
    await press("Race");
    await expect.poll(() => page.getByLabel("Position").isEnabled(), patient).toBe(true);
  });
});

describe("a model of one's own", () => {
  const names = ["config.json", "model.safetensors", "tokenizer.json"] as const;
  const fileOf = async (name: string) => ({
    name,
    mimeType: "application/octet-stream",
    buffer: await readFile(join(folder, "models/masked", name)),
  });
  const filesOf = (some: readonly string[]) => Promise.all(some.map(fileOf));
  type Picked = Awaited<ReturnType<typeof filesOf>>;
  const zipOf = (files: Picked, at: string): Picked => {
    const entries = files.map(({ name, buffer }) => [at + name, new Uint8Array(buffer)]);
    const buffer = Buffer.from(zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>));
    return [{ name: "saved.zip", mimeType: "application/zip", buffer }];
  };
  const open = (files: Picked): Promise<void> =>
    page.getByLabel("Open a model").setInputFiles(files);

  test.each([
    ["a zip of its folder", "runs/mine/", "mine (mdlm)"],
    ["a zip of its files", "", "saved (mdlm)"],
    ["its files", undefined, "mdlm-opened (mdlm)"],
  ])("joins the others and writes as in Node: %s", async (_, at, title) => {
    await visit(race(16, ["causal"]));
    const files = await filesOf(names);
    await open(at === undefined ? files : zipOf(files, at));
    await page.getByText(`${title} is among the models now.`).waitFor();
    await page.getByLabel("Model 1", { exact: true }).selectOption(title.split(" ")[0]!);
    expect(await raced()).toEqual(await raceOfNode(16, ["masked"]));
  });

  test("is refused in one line when it is none", async () => {
    await visit("#canvas");
    const told = (words: string): Promise<void> =>
      page.getByRole("alert").filter({ hasText: words }).waitFor();
    const two = await filesOf(names.slice(0, 2));
    await open(two);
    await told('model "these files": has no readable tokenizer.json');
    await open(zipOf(two, "mine/"));
    await told('model "mine": has no readable tokenizer.json');
    await open(zipOf([], ""));
    await told('model "saved": has no readable config.json');
    await open([{ ...two[0]!, name: "broken.zip" }]);
    await told("broken.zip: needed a zip of a model folder, got bytes that are none");
    const published = { ...two[0]!, buffer: Buffer.from('{"model_type": "llada"}') };
    await open([published]);
    await told("needs one that was trained with unmask, got a published layout");
    await open(zipOf(await filesOf(names), "mine/"));
    await page.getByText("mine (mdlm) is among the models now.").waitFor();
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  });
});

describe("the Lab", () => {
  const settings = "system=mdlm&tokenizer=char&length=16&batch=4&seed=7";
  const text = Array.from(
    { length: 40 },
    (_, i) => `The ${i % 2 ? "cat" : "dog"} sat. 고양이가 앉았다.`,
  ).join("\n");
  const train = async (steps: number): Promise<void> => {
    await visit(`#lab?${settings}&steps=${steps}`);
    await page.getByLabel("Text", { exact: true }).fill(text);
    await press("Train");
  };
  const progress = (): Promise<string | null> => page.locator(".progress").textContent();
  const losses = (lines: string): number[] =>
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { loss?: number; valid?: number })
      .map(({ loss, valid }) => loss ?? valid!);

  test("learns what Node learns, paused or not; its folder opens in Node and in the other rooms", async () => {
    await train(40);
    await expect.poll(progress, patient).toMatch(/step [1-9]/);
    await press("Pause");
    await expect.poll(progress, patient).toMatch(/^paused, step \d+ of 40/);
    const chart = page.getByRole("img", { name: /^Loss: from [\d.]+ nats a token at step 1 to/ });
    await chart.waitFor();
    await press("Resume");
    await expect.poll(progress, patient).toMatch(/^finished, step 40 of 40/);
    // The newest of many samples is in view.
    await page.getByRole("heading", { name: "After 40 steps" }).waitFor();
    expect(await page.getByLabel("Which sample").getAttribute("max")).not.toBe("0");

    const files = unzipSync(await saved("Download the model"));
    const out = join(folder, "unzipped");
    await mkdir(join(out, "mdlm-lab"), { recursive: true });
    for (const [name, bytes] of Object.entries(files))
      if (!name.endsWith("/")) await writeFile(join(out, name), bytes);
    // The model card's own command does the same in Node.
    await writeFile(join(out, "text.txt"), text);
    const card = await readFile(join(out, "mdlm-lab/README.md"), "utf8");
    const [, command] = /^unmask (.*)$/m.exec(card)!;
    unmask(command!.replace("--out mdlm-lab", "--out node").split(" "), out);
    const [here, there] = await Promise.all(
      ["mdlm-lab", "node"].map(async (name) =>
        losses(await readFile(join(out, name, "metrics.jsonl"), "utf8")),
      ),
    );
    expect(here).toHaveLength(there!.length);
    const apart = here!.map((loss, i) => Math.abs(loss / there![i]! - 1));
    console.info(
      `losses differ from Node's by a share of ${Math.max(...apart).toExponential(1)} at most`,
    );
    // Rounding grows from step to step; other noise, or another order of windows, would be seen at once.
    expect(Math.max(...apart.slice(0, 10))).toBeLessThan(1e-4);
    expect(Math.max(...apart)).toBeLessThan(1e-2);

    const words = ["generate", "The", "--model", "mdlm-lab", "--length", "8", "--seed", "1"];
    const [written] = (
      JSON.parse(unmask([...words, "--json"], out)) as { texts: { text: string }[] }
    ).texts;
    await press("Open it in the race");
    await page.getByLabel("Model 1", { exact: true }).waitFor();
    await page.getByLabel("Prompt").fill("The");
    await page.getByLabel("Tokens").fill("8");
    await page.getByLabel("Seed").fill("1");
    await press("Race");
    await expect.poll(() => page.getByLabel("Position").isEnabled(), patient).toBe(true);
    const [frames] = await framesOfPage();
    const last = frames!
      .at(-1)!
      .pieces.map((piece) => piece.replace(/ \d+ \w+ \w+$/, ""))
      .join("");
    expect(last).toBe(written!.text);
    await page.goto(`${address}#canvas?model=mdlm-lab`);
    expect(await page.getByLabel("Model", { exact: true }).inputValue()).toBe("mdlm-lab");
  });

  test("refuses texts that it can't train on in one line", async () => {
    await visit(`#lab?${settings}&steps=10`);
    const told = (words: RegExp): Promise<void> =>
      page.getByRole("alert").filter({ hasText: words }).waitFor();
    const open = (buffer: Buffer): Promise<void> =>
      page
        .getByLabel("Open a text file")
        .setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer });
    await open(Buffer.from([0xff, 0xfe, 0x41]));
    await told(/^a\.txt: needs text in UTF-8/);
    // Made in the page: it need not travel there.
    await page.getByLabel("Open a text file").evaluate((input: HTMLInputElement) => {
      const chosen = new DataTransfer();
      chosen.items.add(new File([new Uint8Array(33 * 2 ** 20)], "a.txt"));
      input.files = chosen.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await told(/^a\.txt: a text in the tab has .* at most/);
    await open(Buffer.from("too short"));
    await press("Train");
    await told(
      /must hold at least one window of 16 tokens, got \d+; give more text or a smaller length$/,
    );
    await press("Paste a text instead");
    await page.getByLabel("Text", { exact: true }).fill(text);
    await press("Train");
    await expect.poll(progress, patient).toMatch(/^finished, step 10 of 10/);
  });

  test.each(["light", "dark"] as const)("axe finds nothing, %s", async (colorScheme) => {
    await train(8);
    await page.emulateMedia({ colorScheme });
    await expect.poll(progress, patient).toMatch(/^finished/);
    await looksRight(page, `lab-${colorScheme}`);
  });
});

describe("the other rooms", () => {
  test.each(["noise", "compare"])("%s complains of nothing without a server", async (room) => {
    await visit(`#${room}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    // Longer than the page waits between two looks at a server.
    await page.waitForTimeout(2000);
    await looksRight(page, `site-${room}`);
  });
});

describe("build:site", () => {
  test("without models it says what is needed", async () => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    const { status, stderr } = buildSite(empty, "--out", join(folder, "nowhere"));
    expect(stderr).toBe(`build:site: needed model folders, found none in ${empty}\n`);
    expect(status).toBe(1);
  });

  test("overwrites nothing but a site", () => {
    const { status, stderr } = buildSite(join(folder, "models"), "--out", folder);
    expect(stderr).toMatch(/^build:site: --out must be new, empty or an earlier site, got .*\n$/);
    expect(status).toBe(1);
  });
});
