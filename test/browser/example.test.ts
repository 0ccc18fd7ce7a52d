/** The example of docs/webgpu.md, bundled and run as it stands: a model is fetched, and writes. */
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openBrowser, serveTestPage } from "./browser.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("fetches a model and writes what Node writes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unmask-example-"));
  const unmask = (...words: string[]): string =>
    execFileSync(process.execPath, [join(root, "dist/cli/main.js"), ...words], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  await writeFile(join(folder, "book.txt"), "Once there was a fox by the river. ".repeat(100));
  const shape = ["--size", "nano", "--length", "64", "--batch", "4", "--steps", "10"];
  unmask("train", "--data", "book.txt", "--out", "book", ...shape);

  const docs = await readFile(join(root, "docs/webgpu.md"), "utf8");
  const example = docs.match(/```js\n(.*?)```/gs)!.find((block) => block.includes("fetchModel"))!;
  await writeFile(join(folder, "example.js"), example.replace(/^```js\n|```$/g, ""));
  await writeFile(
    join(folder, "example.html"),
    '<link rel="icon" href="data:," /><script type="module" src="./example.js"></script>',
  );
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  await cp(join(folder, "book"), join(folder, "public/models/book"), { recursive: true });

  const [site, browser] = await Promise.all([
    serveTestPage(join(folder, "example.html")),
    openBrowser({ webgpu: false }),
  ]);
  try {
    const page = await browser.newPage();
    const said = page.waitForEvent("console", { timeout: 120_000 });
    await page.goto(site.address);
    const words = ["generate", "Once", "--model", "book", "--length", "48", "--steps", "24"];
    const [{ text }] = (
      JSON.parse(unmask(...words, "--seed", "1", "--json")) as { texts: [{ text: string }] }
    ).texts;
    expect(`Once${(await said).text()}`).toBe(text);
  } finally {
    await Promise.all([browser.close(), site.close()]);
    await rm(folder, { recursive: true });
  }
});
