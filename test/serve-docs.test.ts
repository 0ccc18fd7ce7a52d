/** docs/serve.md and deploy/ say what is so: their examples run, their commands and paths exist. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseArguments } from "../src/cli/parse-arguments.ts";
import { verb } from "../src/cli/verbs/serve.ts";
import { startServer } from "../src/serve/http/server.ts";
import type { RunningServer } from "../src/serve/http/server.ts";
import { scriptedEngine, scriptedModel } from "./support/scripted-engine.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = await readFile(join(root, "docs/serve.md"), "utf8");
const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!);

const engine = scriptedEngine({ models: [{ ...scriptedModel, id: "book" }] });
let server: RunningServer;
let folder: string;
beforeAll(async () => {
  server = await startServer({ engine, logger: pino({ level: "silent" }) });
  folder = await mkdtemp(join(tmpdir(), "unmask-docs-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
});
afterAll(async () => {
  await server.close(0);
  await rm(folder, { recursive: true, force: true });
});

/** Runs an example against the server of this test: what it printed. */
async function run(program: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, words, { cwd: folder });
  return stdout;
}
const here = (text: string): string => text.replaceAll("http://127.0.0.1:8080", server.url);

describe("docs/serve.md", () => {
  test.each(
    blocks("sh")
      .flatMap((block) => block.split(/\n\n(?=curl)/))
      .map((text) => [text.trim()]),
  )("%s", async (command) => {
    const printed = await run("sh", ["-c", here(command)]);
    expect(printed).not.toContain('"error"');
    expect(printed).toContain('"finish_reason":"');
  });

  test.each(blocks("js").map((text) => [text]))("%s", async (program) => {
    const file = join(folder, "example.mjs");
    await writeFile(file, here(program));
    expect((await run(process.execPath, [file])).trim()).toMatch(/\w+ \w+/);
  });

  test("what an editor sends, and where it looks for the text", async () => {
    const [config] = blocks("yaml");
    const model = /^ +model: (.+)$/m.exec(config!)![1]!;
    const base = here(/^ +apiBase: (.+)$/m.exec(config!)![1]!);
    // As Continue's provider for Mistral builds it.
    const response = await fetch(new URL("fim/completions", `${base}/`), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "x-api-key": "unused",
        authorization: "Bearer unused",
      },
      body: JSON.stringify({
        model,
        prompt: "Tom had a",
        suffix: " kite.",
        max_tokens: 8,
        temperature: 0.01,
        stop: ["/src/", "#- coding: utf-8", "```"],
        stream: true,
      }),
    });
    const events = (await response.text()).trim().split("\n\n");
    expect(events.pop()).toBe("data: [DONE]");
    const choices = events.map(
      (event) =>
        (JSON.parse(event.slice(6)) as { choices: [{ text: string; delta: { content?: string } }] })
          .choices[0],
    );
    const text = choices.map((choice) => choice.text).join("");
    expect(text.length).toBeGreaterThan(0);
    expect(choices.map(({ delta }) => delta.content ?? "").join("")).toBe(text);
  });

  test.each([...page.matchAll(/^unmask serve (.+)$/gm)].map(([, words]) => [words!]))(
    "unmask serve %s is a command line",
    async (words) => {
      await parseArguments(words.split(" "), verb.options, verb.arguments);
    },
  );

  test("names every field that all writing routes take", async () => {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, { post?: { requestBody: object } }>;
    };
    const schema = JSON.stringify(paths["/v1/infill"]!.post!.requestBody);
    const { properties } = (
      JSON.parse(schema) as {
        content: {
          "application/json": { schema: { properties: Record<string, { description?: string }> } };
        };
      }
    ).content["application/json"].schema;
    const ours = Object.entries(properties)
      .filter(([, { description = "" }]) => !/not supported|no effect/.test(description))
      .map(([name]) => name);
    expect(ours.length).toBeGreaterThan(15);
    expect(ours.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });
});

describe("deploy/", () => {
  test("the image is built of files that are there, and starts with a command line", async () => {
    const text = await readFile(join(root, "deploy/Dockerfile"), "utf8");
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
      files!.split(" "),
    );
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    const [program, file, name, ...words] = JSON.parse(
      /^ENTRYPOINT (.+)$/m.exec(text)![1]!,
    ) as string[];
    expect([program, file, name]).toEqual(["node", "dist/cli/main.js", "serve"]);
    expect(existsSync(join(root, file!))).toBe(true);
    const manifest = await readFile(join(root, "deploy/kubernetes.yaml"), "utf8");
    const more = JSON.parse(/^ +args: (.+)$/m.exec(manifest)![1]!) as string[];
    const { values } = await parseArguments([...words, ...more], verb.options, verb.arguments);
    expect(values).toMatchObject({
      host: "0.0.0.0",
      port: 8080,
      apiKeyFile: "/etc/unmask/keys.txt",
    });
  });

  test("the manifest's probes and its metric exist", async () => {
    const manifest = await readFile(join(root, "deploy/kubernetes.yaml"), "utf8");
    const probes = [...manifest.matchAll(/httpGet: \{ path: (\S+),/g)].map(([, path]) => path!);
    expect(probes).toHaveLength(3);
    for (const path of probes) expect((await fetch(`${server.url}${path}`)).status).toBe(200);
    const metric = /metric: \{ name: (\S+) \}/.exec(manifest)![1]!;
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain(
      `${metric}{model="book"}`,
    );
  });
});
