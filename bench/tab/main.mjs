/**
 * How fast models write in a browser tab, with WebAssembly, beside Node on the same machine.
 *
 * `npm run bench -- tab [--size mini] [--length 64] [--rounds 5] [--chromium PATH]`
 *
 * Weights are random: speed does not depend on them. Both write the same texts with the same seed, in turns, and tell every
 * step; seconds count from the first frame to the last, as the page counts them.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { readModel, writeModelBody, writeModelHead } from "../../dist/checkpoint/model-folder.js";
import { openModel } from "../../dist/generate/model.js";
import { write } from "../../dist/generate/write.js";
import { sizeOf, transformerConfig } from "../../dist/model/sizes.js";
import { transformerParameters } from "../../dist/model/transformer.js";
import { initialize } from "../../dist/nn/parameter.js";
import { systemOf } from "../../dist/system/index.js";
import { randomKey } from "../../dist/tensor/index.js";
import { cpuRuntime } from "../../dist/tensor/runtime/ort-node.js";
import { tokenizers } from "../../dist/text/index.js";

const systems = ["autoregressive", "mdlm"];

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      size: { type: "string", default: "mini" },
      length: { type: "string", default: "64" },
      rounds: { type: "string", default: "5" },
      chromium: { type: "string", default: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium" },
    },
  });
  const [length, rounds] = [values.length, values.rounds].map(Number);
  const folder = await mkdtemp(join(tmpdir(), "unmask-bench-tab-"));
  const models = join(folder, "models");
  for (const system of systems) await makeModel(join(models, system), system, values.size, length);
  const site = join(folder, "site");
  const script = fileURLToPath(new URL("../../scripts/build-site.mjs", import.meta.url));
  execFileSync(process.execPath, [script, models, "--out", site], { stdio: "ignore" });
  const server = await serve(site);
  const browser = await chromium.launch({
    executablePath: values.chromium,
    args: ["--disable-gpu"],
  });
  try {
    const page = await openPage(browser, server.address().port, length);
    const node = await openNode(models, length);
    const ratios = systems.map(() => []);
    console.log(`${values.size}, ${length} tokens; passes a second`);
    console.log("system             node     tab   ratio");
    for (let round = 0; round <= rounds; round++) {
      const there = await node();
      const here = await page();
      // The first round warms both up.
      if (round === 0) continue;
      systems.forEach((system, i) => {
        ratios[i].push(here[i] / there[i]);
        const figures = [there[i], here[i], here[i] / there[i]];
        console.log(
          system.padEnd(14) +
            figures.map((figure, k) => figure.toFixed(k === 2 ? 2 : 1).padStart(8)).join(""),
        );
      });
    }
    systems.forEach((system, i) => {
      const sorted = ratios[i].toSorted((a, b) => a - b);
      console.log(
        `${system}: ${sorted[Math.floor(sorted.length / 2)].toFixed(2)} of Node's, median`,
      );
    });
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
}

async function makeModel(folder, system, size, length) {
  await mkdir(folder, { recursive: true });
  const kind = systemOf(system);
  const tokenizer = await tokenizers.byte.train([]);
  const transformer = transformerConfig(sizeOf(size), { vocabulary: tokenizer.size, ...kind });
  const config = { system, options: kind.options, length, transformer };
  await writeModelHead(folder, { config, tokenizer });
  const weights = initialize(transformerParameters(transformer), randomKey(1));
  await writeModelBody(folder, { weights, card: "# random weights\n" });
}

const types = { ".html": "text/html", ".css": "text/css", ".wasm": "application/wasm" };

/** A static server that sends the headers which threads need. */
async function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    const headers = {
      "content-type": types[extname(file)] ?? "text/javascript",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    };
    readFile(file).then(
      (content) => response.writeHead(200, headers).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** What writes all texts in Node; resolves to the passes a second of each system. */
async function openNode(models, length) {
  const runtime = cpuRuntime();
  const opened = await Promise.all(
    systems.map(async (name) => openModel(await readModel(join(models, name)), { name, runtime })),
  );
  const task = {
    start: { kind: "continue", prompt: "", length },
    sampling: { steps: length },
    seed: 0,
    stop: [],
    frames: true,
    echo: false,
  };
  return async () => {
    const speeds = [];
    for (const model of opened) {
      const frames = [];
      for await (const event of write(model, task, new AbortController().signal))
        if (event.kind === "frame")
          frames.push({ passes: event.frame.passes, at: performance.now() / 1000 });
      speeds.push(speedOf(frames));
    }
    return speeds;
  };
}

/** The same in the page. */
async function openPage(browser, port, length) {
  // Texts that are played again would take time from Node's turn.
  const page = await browser.newPage({ reducedMotion: "reduce" });
  const lanes = systems.map((system) => `model=${system}&steps=${length}`).join("|");
  const query = new URLSearchParams({ prompt: "", length: String(length), lanes });
  await page.goto(`http://127.0.0.1:${port}/?device=wasm#race?${query}`);
  const threads = await page.evaluate(() =>
    globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 8) : 1,
  );
  console.log(`WebAssembly with ${threads} thread(s), Chromium ${browser.version()}`);
  return async () => {
    await page.getByRole("button", { name: "Race" }).click();
    await page
      .getByRole("button", { name: "Stop" })
      .waitFor({ state: "detached", timeout: 600_000 });
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save frames", exact: true }).click();
    const { recordings } = JSON.parse(await readFile(await (await download).path(), "utf8"));
    return recordings.map(({ frames }) => speedOf(frames));
  };
}

const speedOf = (frames) =>
  (frames.at(-1).passes - frames[0].passes) / (frames.at(-1).at - frames[0].at);
