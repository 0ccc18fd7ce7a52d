/** What a server tells of a folder of runs, and that it tells of nothing else. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  errorReply,
  metricsReply,
  reportReply,
  reportsReply,
  runsReply,
} from "../src/serve/http/replies.ts";
import { started } from "./support/started-server.ts";

const settings = {
  data: "/secret/data.txt",
  corpus: { train: 100, valid: 10 },
  batch: 4,
  accumulate: 1,
  steps: 20,
  seed: 0,
  learningRate: { schedule: "cosine", peak: 1, floor: 0, warmup: 1 },
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
  ema: 0,
  dropout: 0,
  evalEvery: 20,
  saveEvery: 20,
  evalWindows: 4,
  command: "unmask train",
};
const metrics = ['{"step":1,"loss":4}', '{"step":10,"loss":3}', '{"step":10,"valid":3.5}'];
const report = { format: 1, models: [{ name: "고양이" }] };

let root: string;
let outside: string;
beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), "unmask-runs-"));
  root = join(outside, "runs");
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(outside, path)), { recursive: true });
    await writeFile(join(outside, path), content);
  };
  const run = JSON.stringify(settings);
  await write("runs/book/run.json", run);
  // The last line is being written.
  await write("runs/book/metrics.jsonl", `${metrics.join("\n")}\nnot json\n{"step":11,"lo`);
  await write("runs/demo/고양이 #1/run.json", run);
  await write("runs/broken/run.json", "{");
  await write("runs/report/report.json", JSON.stringify(report));
  await write("runs/odd/report.json", "{");
  await write("secret/run.json", run);
  await write("secret/metrics.jsonl", '{"step":1,"loss":1}\n');
  await write("secret/report.json", JSON.stringify(report));
  await symlink(join(outside, "secret"), join(root, "link"), "junction");
});
afterAll(() => rm(outside, { recursive: true, force: true }));

const get = async (url: string, path: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.json() };
};

describe("a folder of runs", () => {
  test("is listed: runs that can be read, and reports", async () => {
    const { url } = await started({ runs: root });
    const { data } = runsReply.parse((await get(url, "/v1/runs")).body);
    expect(Object.fromEntries(data.map(({ id, steps }) => [id, steps]))).toEqual({
      book: 20,
      "demo/고양이 #1": 20,
    });
    expect(JSON.stringify(data)).not.toContain("secret");
    const reports = reportsReply.parse((await get(url, "/v1/reports")).body);
    expect(new Set(reports.data.map(({ id }) => id))).toEqual(new Set(["odd", "report"]));
  });

  test("metrics come as they are, whole lines only, from a step on", async () => {
    const { url } = await started({ runs: root });
    const linesOf = async (path: string) =>
      metricsReply.parse((await get(url, `/v1/runs/${path}`)).body).data;
    const all = metrics.map((line) => JSON.parse(line) as object);
    expect(await linesOf("book/metrics")).toEqual(all);
    expect(await linesOf("book/metrics?from=10")).toEqual(all.slice(1));
    const name = encodeURIComponent("demo/고양이 #1");
    expect(await linesOf(`${name}/metrics`)).toEqual([]);
    const { status, body } = await get(url, "/v1/runs/book/metrics?from=-1");
    expect([status, errorReply.parse(body).error.param]).toEqual([400, "from"]);
  });

  test("a report comes as it is; one that is none is an error", async () => {
    const { url } = await started({ runs: root });
    expect(reportReply.parse((await get(url, "/v1/reports/report")).body)).toEqual(report);
    const { status, body } = await get(url, "/v1/reports/odd");
    expect([status, errorReply.parse(body).error.message]).toEqual([
      404,
      'the report "odd" is no JSON',
    ]);
  });

  test.each(["../secret", "..", ".", "", "/", "link", "book/../../secret", "book/", "broken/x\0"])(
    "%j leads nowhere",
    async (name) => {
      const { url } = await started({ runs: root });
      for (const path of ["runs/NAME/metrics", "reports/NAME"]) {
        const { status } = await get(url, `/v1/${path.replace("NAME", encodeURIComponent(name))}`);
        expect(status).toBe(404);
      }
    },
  );

  test("nothing is there where no folder was given, or it has gone", async () => {
    for (const runs of [undefined, join(outside, "gone")]) {
      const { url } = await started({ runs });
      expect((await get(url, "/v1/runs")).body).toEqual({ object: "list", data: [] });
      expect((await get(url, "/v1/reports/report")).status).toBe(404);
    }
  });

  test("is described for machines", async () => {
    const { url } = await started();
    const { paths } = (await get(url, "/openapi.json")).body as {
      paths: Record<string, { get: { parameters: { name: string; in: string }[] } }>;
    };
    expect(
      paths["/v1/runs/{name}/metrics"]!.get.parameters.map((one) => [one.name, one.in]),
    ).toEqual([
      ["name", "path"],
      ["from", "query"],
    ]);
  });
});
