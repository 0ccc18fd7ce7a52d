/**
 * The runtimes in a real browser: WebAssembly with threads, and WebGPU on a software adapter.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { opCases } from "../support/op-cases.ts";
import { openBrowser, serveTestPage } from "./browser.ts";
import type { Site } from "./browser.ts";
import type { PageTests, WebRuntimeName } from "./page-tests.ts";

declare const tests: PageTests;

const tolerance = 1e-4;
const cases = Object.entries(opCases).flatMap(([op, list]) => list.map((c) => `${op}: ${c.name}`));

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await openBrowser({ webgpu: true });
  site = await serveTestPage();
});
afterAll(async () => {
  await Promise.all([browser?.close(), site?.close()]);
});

async function openPage(inside: Browser): Promise<Page> {
  const page = await inside.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") console.error(`page: ${message.text()}`);
  });
  page.on("pageerror", (error) => console.error("page:", error));
  await page.goto(site.address, { waitUntil: "load" });
  return page;
}

describe.each<WebRuntimeName>(["wasm", "webgpu"])("%s in a browser", (runtime) => {
  let page: Page;
  let errors: Record<string, number | string>;

  beforeAll(async () => {
    page = await openPage(browser);
    errors = await page.evaluate((name) => tests.ops(name), runtime);
  });

  test.each(cases)("%s", (name) => {
    expect(errors[name]).toBeTypeOf("number");
    expect(errors[name]).toBeLessThanOrEqual(tolerance);
  });

  test.each([1, 2])("trains as the reference does, %d batch(es) a step", async (accumulate) => {
    const report = await page.evaluate(([name, batches]) => tests.training(name, batches), [
      runtime,
      accumulate,
    ] as const);
    expect(report.figures).toBeLessThan(tolerance);
    expect(report.magnitudes).toBeLessThan(tolerance);
    // Weights stay in GPU buffers, and those of past steps don't pile up.
    expect(report.buffers.at(-1)).toBe(report.buffers[1]);
    if (runtime === "webgpu") expect(report.buffers.at(-1)).toBeGreaterThan(0);
  });

  test("programs may be compiled and run at the same time", async () => {
    expect(await page.evaluate((name) => tests.overlapping(name), runtime)).toBeLessThan(tolerance);
    // WebAssembly's two threads are the page's own and a worker.
    expect(page.workers()).toHaveLength(runtime === "wasm" ? 1 : 0);
  });
});

test("without an adapter, webgpu says what to use instead", async () => {
  const bare = await openBrowser({ webgpu: false });
  try {
    const page = await openPage(bare);
    const message = await page.evaluate(() => tests.refusal());
    expect(message).toMatch(/^unavailable: runtime webgpu: .*use wasmRuntime\(\) instead$/);
  } finally {
    await bare.close();
  }
});
