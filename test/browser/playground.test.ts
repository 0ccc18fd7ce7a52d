/**
 * The playground in a real browser, before a real server with real models: each room is used, and looked at by
 * axe in both themes. `UNMASK_SCREENSHOTS=DIR` keeps pictures of all rooms.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";
import { looksRight, openPage, servePlayground } from "./playground-server.ts";
import type { Playground } from "./playground-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let playground: Playground;
let browser: Browser;
let page: Page;
/** What the page has said to the console that it should not. */
let complaints: string[];

beforeAll(async () => {
  playground = await servePlayground();
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
const press = (name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click();
const texts = (): Promise<string[]> => page.locator(".cells").allTextContents();
/** The settings of two lanes, as an address has them. */
const bothLanes = encodeURIComponent("model=causal|model=masked&steps=12&rule=confidence");
const openPlaces = (): Promise<number> => page.locator('.cells .cell[data-kind="open"]').count();

/** Saves what a button hands out. */
async function saved(button: string): Promise<Buffer> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  return readFile(await (await download).path());
}

async function raced(hash = ""): Promise<void> {
  await visit(`#race?prompt=The+cat&length=24&seed=5${hash}`);
  await press("Race");
  await isReplaying();
  await seek(0.5);
}
/** The race is over, and its replay has begun by itself; it may be short. */
const isReplaying = (): Promise<void> =>
  expect.poll(() => page.getByLabel("Position").isEnabled(), { timeout: 20_000 }).toBe(true);
/** Moves the player to a share of its way. */
const seek = (share: number): Promise<void> =>
  page.getByLabel("Position").evaluate((slider: HTMLInputElement, at) => {
    slider.value = String(Number(slider.max) * at);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, share);

describe("Race", () => {
  test("runs, and is scrubbed, stepped and played", async () => {
    await raced(`&unit=passes&lanes=${bothLanes}`);
    await seek(1);
    expect(await openPlaces()).toBe(0);
    const counters = await page.locator(".counters").allTextContents();
    expect(counters[0]).toContain("passes24");
    expect(counters[1]).toContain("tokens a pass2.0");
    const final = await texts();
    expect(final.every((text) => text.startsWith("The cat"))).toBe(true);

    await seek(0);
    expect(await openPlaces()).toBe(48);
    await page.getByRole("heading", { name: "Race" }).click();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("output.position").textContent()).toBe("1 pass");
    expect(await openPlaces()).toBeLessThan(48);

    await page.keyboard.press(" ");
    // It plays to its end.
    await expect
      .poll(() => page.locator("output.position").textContent(), { timeout: 20_000 })
      .toBe("24 passes");
    expect(await texts()).toEqual(final);
  });

  test("early decisions are light, late ones dark, and what a step decided is marked", async () => {
    await raced();
    await seek(1);
    const cells = await page
      .locator('[aria-label="masked (mdlm)"] .cells .cell[data-step]')
      .evaluateAll((all: HTMLElement[]) =>
        all.map(({ dataset: { step, shade } }) => ({ step, shade })),
      );
    const byStep = cells
      .map(({ step, shade }) => ({ step: Number(step), shade: Number(shade) }))
      .toSorted((a, b) => a.step - b.step);
    expect(byStep[0]!.shade).toBe(0);
    expect(byStep.at(-1)!.shade).toBe(5);
    expect(byStep).toEqual(byStep.toSorted((a, b) => a.shade - b.shade || a.step - b.step));
    const fresh = page.locator('[aria-label="masked (mdlm)"] .cells .cell.fresh');
    expect(await fresh.count()).toBe(
      byStep.filter(({ step }) => step === byStep.at(-1)!.step).length,
    );
  });

  test("a saved race is opened again, and drawn as SVG and PNG", async () => {
    await raced();
    await seek(1);
    const before = await texts();
    const frames = await saved("Save frames");
    const svg = (await saved("SVG")).toString();
    const cells = await page.locator(".cells .cell[data-shade]").count();
    expect(svg.match(/<rect /g)!.length).toBeGreaterThanOrEqual(cells);
    expect(svg).toContain(">The cat<");
    const png = await saved("PNG");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    await visit("#noise");
    await visit("#race");
    const file = { name: "race.json", mimeType: "application/json", buffer: frames };
    await page.getByLabel("Open frames").setInputFiles(file);
    await page.getByRole("heading", { name: "masked (mdlm)" }).waitFor();
    await seek(1);
    expect(await texts()).toEqual(before);
    await page
      .getByLabel("Open frames")
      .setInputFiles({ ...file, buffer: Buffer.from('{"unmask":"frames"}') });
    await page.getByText("no file of frames").waitFor();
  });

  test("is saved as a small GIF that plays, and as a video; a long one is cancelled", async () => {
    await raced();
    const gif = await saved("GIF");
    expect(gif.subarray(0, 6).toString()).toBe("GIF89a");
    expect(gif.length).toBeLessThan(150_000);
    const seen = await picturesOf(gif);
    const passes = Number(
      /(\d+)/.exec((await page.locator(".counters").first().textContent())!)![1],
    );
    expect(seen.count).toBeGreaterThan(passes / 2);
    // Two columns of 420 pixels, and something has been decided between the first picture and the last.
    expect(seen.width).toBe(888);
    expect(seen.changed).toBeGreaterThan(500);
    const video = await saved("WebM");
    // EBML, as Matroska files begin.
    expect(video.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
    await press("WebM");
    await page.getByRole("progressbar", { name: "Film" }).waitFor();
    await press("Cancel");
    await page.getByRole("progressbar", { name: "Film" }).waitFor({ state: "detached" });
    expect(await page.getByLabel("Share and save").locator("output").textContent()).toBe("");
  });

  test("a link restores the settings, and other lanes are raced", async () => {
    await visit("#race");
    await page.getByLabel("Prompt").fill("A dog & 고양이?");
    await page.getByLabel("Tokens").fill("8");
    await press("+ Another model");
    await page.getByLabel("Model 3", { exact: true }).selectOption("masked");
    await page
      .getByText(/own rule/)
      .last()
      .click();
    await page.getByLabel("Rule").last().selectOption("threshold");
    await page.getByLabel("tau").last().fill("0.5");
    await expect.poll(() => page.url()).toContain("0.5");
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    expect(await page.getByLabel("Prompt").inputValue()).toBe("A dog & 고양이?");
    await page.getByText("threshold:tau=0.5").waitFor();
    await press("Race");
    await isReplaying();
    expect(await page.locator(".column").count()).toBe(3);
  });

  test("what the server refuses is told", async () => {
    await visit("#race?prompt=The&lanes=model%3Dmasked%26rule%3Dnonsense");
    await press("Race");
    await page.getByRole("alert").filter({ hasText: 'unknown rule "nonsense"' }).waitFor();
    // The refusal itself is in the browser's log.
    expect(complaints.splice(0).join()).toMatch(/400/);
  });
});

describe("Canvas", () => {
  test("fills a hole, and opens settled tokens again", async () => {
    await visit("#canvas?text=The+cat[[4]]+a+mat.&seed=3");
    await expect.poll(openPlaces).toBe(4);
    await press("Fill the holes");
    await page.locator('.cells .cell[data-kind="decided"]').nth(3).waitFor();
    const [filled] = await texts();
    expect(filled).toMatch(/^The cat.* a mat\.$/su);
    const undo = page.getByRole("button", { name: "Undo" });
    await expect.poll(() => undo.isEnabled()).toBe(true);
    await page.locator('.cells .cell[data-kind="decided"]').first().hover();
    expect(await page.locator(".readout").textContent()).toMatch(
      /step \d+ of \d+, certainty .*likeliest: /,
    );

    await page.getByRole("option", { name: "“cat”, given" }).click();
    await page.getByRole("option", { name: "“mat”, given" }).click();
    await press("Refine 2 chosen");
    await expect.poll(() => undo.isEnabled()).toBe(true);
    const [refined] = await texts();
    const written = await page
      .locator('.cells .cell:is([data-kind="decided"], [data-kind="end"])')
      .count();
    expect(written).toBe(2);
    expect(refined).not.toBe(filled);
    expect(refined!.slice(0, 4)).toBe("The ");
    await press("Undo");
    expect(await texts()).toEqual([filled]);
  });

  test("is used with the keyboard alone, from a text without holes", async () => {
    await visit("#canvas?text=The+cat+sat.");
    await page.getByRole("listbox").focus();
    for (const key of ["ArrowRight", "ArrowRight", " "]) await page.keyboard.press(key);
    expect(await page.locator('.cells [aria-selected="true"]').textContent()).toBe("cat");
    await page.getByRole("button", { name: "Refine 1 chosen" }).focus();
    await page.keyboard.press("Enter");
    await page.locator('.cells .cell:is([data-kind="decided"], [data-kind="end"])').waitFor();
    expect((await texts())[0]).toMatch(/^The.* sat\.$/su);
    await press(/at random/);
    await expect.poll(() => page.locator(".counters").textContent()).toMatch(/passes\d/);
  });
});

describe("Noise", () => {
  const cells = (kind: string): Promise<number> =>
    page.locator(`.cells .cell[data-kind="${kind}"]`).count();

  test.each(["absorbing", "uniform", "gaussian", "block"])(
    "%s: from clean to noise and back",
    async (noise) => {
      for (const unit of ["characters", "words", "bytes"]) {
        await visit(`#noise?text=AI가+미래를+바꿀+것이다&noise=${noise}&unit=${unit}&t=0`);
        const places = { characters: 14, words: 4, bytes: 32 }[unit];
        await expect.poll(() => cells("given")).toBe(places);
        const clean = await texts();
        await seek(0.5);
        await expect.poll(() => cells("given")).toBeLessThanOrEqual(1);

        if (noise === "absorbing" || noise === "block")
          expect(await cells("open")).toBeGreaterThan(places! - 2);
        else expect(await cells("open")).toBe(0);
        // One step on, the way back has begun from the same noise; at its end stands the sentence.
        await page.getByText("t = 1.00, to noise").waitFor();
        await page.getByRole("button", { name: "One step on" }).click();
        await page.getByText("perfect denoiser").waitFor();
        await seek(1);
        await page.getByText("t = 0.00, back").waitFor();
        expect(await texts()).toEqual(clean);
        await seek(0);
        expect(await texts()).toEqual(clean);
      }
    },
  );

  test("masks only ever grow, the last block first", async () => {
    await visit("#noise?noise=block&block=5&t=0.34");
    await expect.poll(() => cells("open")).toBeGreaterThan(0);
    const kinds = await page
      .locator(".cells .cell")
      .evaluateAll((all: HTMLElement[]) => all.map(({ dataset }) => dataset["kind"]));
    expect(kinds.lastIndexOf("given")).toBeLessThan(10);
    let before = 0;
    for (const share of [0.2, 0.3, 0.4, 0.5]) {
      await seek(share);
      const now = await cells("open");
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    // On the way back they only ever vanish.
    for (const share of [0.6, 0.7, 0.8, 1]) {
      await seek(share);
      const now = await cells("open");
      expect(now).toBeLessThanOrEqual(before);
      before = now;
    }
    expect(before).toBe(0);
  });
});

describe("the page", () => {
  test("has a script of at most 150 kB compressed; workers are loaded when the tab computes", async () => {
    const sizeIn = async (folder: string): Promise<number> => {
      const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
      const sizes = names.map(async (name) => gzipSync(await readFile(join(folder, name))).length);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    };
    const assets = join(root, "dist/playground/assets");
    const [script, workers] = [await sizeIn(assets), await sizeIn(join(assets, "workers"))];
    console.info(`compressed: the page ${script} bytes, its workers ${workers}`);
    expect(script).toBeLessThanOrEqual(150_000);
    await visit("#race");
    await page.getByRole("heading", { name: "Race" }).waitFor();
    expect(page.workers()).toEqual([]);
  });

  test("replays 1,024 tokens by touching only what changes", async () => {
    await visit("#race");
    const buffer = Buffer.from(JSON.stringify(longRecording(1024)));
    await page
      .getByLabel("Open frames")
      .setInputFiles({ name: "long.json", mimeType: "application/json", buffer });
    await page.getByRole("heading", { name: "long" }).waitFor();
    await page.getByLabel("Speed").selectOption("1");
    await seek(0);
    const played = await page.evaluate(async () => {
      const picture = (): Promise<number> => new Promise(requestAnimationFrame);
      const cells = document.querySelector(".cells")!;
      const touched = { attributes: 0, characterData: 0, childList: 0 };
      const observer = new MutationObserver((records) => {
        for (const { type } of records) touched[type] += 1;
      });
      const all = { attributes: true, characterData: true, childList: true, subtree: true };
      observer.observe(cells, all);
      const open = (): number => cells.querySelectorAll('[data-kind="open"]').length;
      document.querySelector<HTMLButtonElement>(".play")!.click();
      const start = await picture();
      let [now, left, pictures] = [start, open(), 0];
      while (left > 0) {
        now = await picture();
        const next = open();
        if (next < left) pictures += 1;
        left = next;
      }
      return { ...touched, rate: (1000 * pictures) / (now - start) };
    });
    console.info(`1,024 tokens: ${played.rate.toFixed(1)} pictures a second`);
    // Nothing is laid out again; the four attributes of a cell are set when it is decided and in the step after.
    expect(played).toMatchObject({ characterData: 0, childList: 0 });
    expect(played.attributes).toBeLessThanOrEqual(1024 * 8);
  });

  const rooms = {
    race: () => raced(),
    canvas: async () => {
      await visit("#canvas?text=The+cat[[4]]+a+mat.");
      await press("Fill the holes");
      await page.locator('.cells .cell[data-kind="decided"]').nth(3).waitFor();
      await page.locator(".cells .cell").first().click();
    },
    noise: async () => {
      await visit("#noise?noise=uniform&t=0.6");
      await page.locator(".cells .cell").first().waitFor();
      await page.getByLabel("Step numbers").check();
    },
  };
  const looks = Object.keys(rooms).flatMap((room) =>
    (["light", "dark"] as const).map((scheme) => ({ room: room as keyof typeof rooms, scheme })),
  );
  test.each(looks)("axe finds nothing in $room, $scheme", async ({ room, scheme }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await rooms[room]();
    await looksRight(page, `${room}-${scheme}`);
  });
});

/** What the browser's own decoder sees in a GIF: its pictures, and the pixels by which the last differs from the first. */
const picturesOf = (gif: Buffer) =>
  page.evaluate(async (bytes) => {
    const data = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: "image/gif" });
    await decoder.tracks.ready;
    const count = decoder.tracks.selectedTrack!.frameCount;
    const pixelsOf = async (frameIndex: number) => {
      const { image } = await decoder.decode({ frameIndex });
      const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, canvas.width, canvas.height);
    };
    const [first, last] = [await pixelsOf(0), await pixelsOf(count - 1)];
    const changed = last.data.filter((value, i) => value !== first.data[i]).length;
    return { count, width: first.width, changed };
  }, gif.toString("base64"));

/** A recording in which a few tokens are decided in each of 240 steps, 70 steps a second. */
function longRecording(length: number): object {
  const words = ["the", "fox", "lived", "by", "a", "river", "and", "여우"];
  const steps = 240;
  // Scattered over the canvas: 389 shares no factor with a power of 2.
  const stepOf = (place: number): number => 1 + (((place * 389) % length) % steps);
  const frames = Array.from({ length: steps + 1 }, (_, step) => {
    const pieces = Array.from({ length }, (__, place) => {
      const open = stepOf(place) > step;
      const text = open ? "" : ` ${words[place % words.length]}`;
      return { text, places: 1, open, changed: stepOf(place) === step, confidence: 0.5 };
    });
    const open = pieces.filter((piece) => piece.open).length;
    return { at: step / 70, step, passes: step, open, pieces };
  });
  const recording = { title: "long", request: {}, seed: 0, likeliest: [], frames };
  return { unmask: "frames", version: 1, recordings: [recording] };
}
