/**
 * The playground before a real server with two tiny models, in a folder of runs that it may read.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

/** The built program. */
export const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export interface Playground {
  /** The folder of runs: `masked` and `causal` are there. */
  readonly runs: string;
  /** A text to train on. */
  readonly data: string;
  readonly address: string;
  stop(): Promise<void>;
}

/** Words of a command line that trains the smallest of models. */
export const tiny = ["--size", "nano", "--length", "64", "--batch", "4"] as const;

/** Trains two models for a moment, and serves them. */
export async function servePlayground(): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), "unmask-playground-"));
  const [data, runs] = [join(folder, "data.txt"), join(folder, "runs")];
  const lines = ["The cat sat on a mat.", "A dog had a blue kite.", "고양이가 방석에 앉았다."];
  await writeFile(data, Array.from({ length: 300 }, (_, i) => lines[i % 3]).join("\n"));
  await mkdir(runs);
  for (const [name, system, tokenizer] of [
    ["masked", "mdlm", "word"],
    ["causal", "autoregressive", "char"],
  ] as const) {
    const words = ["--system", system, "--tokenizer", tokenizer, "--steps", "10", ...tiny];
    execFileSync(
      process.execPath,
      [program, "train", "--data", data, "--out", join(runs, name), ...words],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  }
  const models = ["masked", "causal"].map((name) => join(runs, name)).join(",");
  const quietly = ["--port", "0", "--threads", "1", "--log-level", "error"];
  const words = [program, "serve", "--model", models, "--runs", runs, ...quietly];
  const server = spawn(process.execPath, words);
  const ended = once(server, "exit");
  let out = "";
  // On a busy machine it takes as long as it takes; the hook has a limit.
  const said = server.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const text of said) if ((out += text.toString()).includes("curl")) break;
  return {
    runs,
    data,
    address: /the playground: (\S+)/.exec(out)![1]!,
    async stop() {
      server.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A page of its own; what it tells the console that it should not goes to `complaints`. */
export async function openPage(
  browser: Browser,
  complaints: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ viewport, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return page;
}

/**
 * What axe finds in a page as wide as a screen and as narrow as a phone, in a theme; nothing may be wider than
 * the page. `UNMASK_SCREENSHOTS=DIR` keeps pictures.
 */
export async function looksRight(page: Page, name: string): Promise<void> {
  await page.addScriptTag({ path: axePath });
  for (const [size, width] of [
    ["wide", 1280],
    ["phone", 390],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
      return axe.run();
    });
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
    ).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(overflow).toBeLessThanOrEqual(width);
    const pictures = process.env["UNMASK_SCREENSHOTS"];
    if (pictures === undefined) continue;
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}-${size}.png`), fullPage: true });
  }
}
