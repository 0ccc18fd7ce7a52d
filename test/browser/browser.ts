/**
 * The system's Chromium on a page that Vite built.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { build } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = (file: string): string => join(here, "../../src", file);

/** Flags that give headless Chromium WebGPU on its software driver. */
const softwareWebgpu = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
];

export async function openBrowser(options: { webgpu: boolean }): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath(),
    args: options.webgpu ? softwareWebgpu : ["--disable-gpu"],
  });
}

function browserPath(): string {
  const chosen = process.env["CHROMIUM_PATH"];
  const places = chosen
    ? [chosen]
    : [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
      ];
  const found = places.find(existsSync);
  if (found !== undefined) return found;
  throw new Error(
    `browser tests: need Chromium or Chrome, found none at ${places.join(", ")}; ` +
      "install one (Debian, Ubuntu: apt-get install chromium) or name it in CHROMIUM_PATH",
  );
}

export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

/** Bundles a page as a user's bundler would, and serves it cross-origin isolated. */
export async function serveTestPage(page: string = join(here, "page.html")): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "unmask-page-"));
  await build({
    configFile: false,
    root: dirname(page),
    logLevel: "error",
    resolve: {
      alias: [
        { find: /^unmask\/tensor$/, replacement: source("tensor/index.ts") },
        { find: /^unmask\/web$/, replacement: source("web.ts") },
        { find: /^unmask$/, replacement: source("index.ts") },
      ],
    },
    build: {
      target: "esnext",
      minify: false,
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { input: page },
    },
  });
  const site = await serveFolder(folder, isolation);
  return {
    address: `${site.address}${basename(page)}`,
    async close() {
      await site.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** What makes a page cross-origin isolated. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** A plain static server: files as they lie, with a type, and `index.html` for a folder. */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    const file = join(folder, normalize(name));
    const type = types[extname(file)] ?? "application/octet-stream";
    readFile(file).then(
      (content) => response.writeHead(200, { "content-type": type, ...headers }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
};
