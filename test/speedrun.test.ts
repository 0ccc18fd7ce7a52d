/** The recipe from nothing to a served pair, at settings so small that its models know nothing. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const recipe = fileURLToPath(new URL("../recipes/speedrun.sh", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-speedrun-"));
afterAll(() => rm(folder, { recursive: true }));

test("makes a text, trains both, compares them, and has both write behind a server", async () => {
  const small = { MINUTES: "0.02", SIZE: "nano", LENGTH: "16" };
  const { status, stdout, stderr } = spawnSync("bash", [recipe], {
    encoding: "utf8",
    env: { ...process.env, OUT: folder, ...small },
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^autoregressive: Mia the fox.+/m);
  expect(stdout).toMatch(/^mdlm: Mia the fox.+/m);
  const report = JSON.parse(await readFile(join(folder, "report/report.json"), "utf8")) as {
    finished: boolean;
  };
  expect(report.finished).toBe(true);
});
