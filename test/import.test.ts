/**
 * Published models on their way to the disk, from a hub that misbehaves: what is there afterwards, and
 * what is said.
 */
import { spawnSync } from "node:child_process";
import {
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HubConnection } from "../src/checkpoint/hub/connection.ts";
import { downloadModel } from "../src/checkpoint/hub/download-model.ts";
import { readReference } from "../src/checkpoint/hub/repository.ts";
import { encodeSafetensors } from "../src/checkpoint/safetensors.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { floats } from "../src/tensor/index.ts";
import { sha256Of, startHub } from "./support/hub-server.ts";
import type { HubModel, HubServer } from "./support/hub-server.ts";

const commit = "c0ffee".padEnd(40, "0");
const older = "0ddba11".padEnd(40, "0");
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const weights = (name: string, seed: number): Uint8Array =>
  encodeSafetensors({
    [name]: floats(
      [64, 32],
      Float32Array.from({ length: 2048 }, (_, i) => i + seed),
    ),
  });

const first = "model-00001-of-00002.safetensors";
const second = "model-00002-of-00002.safetensors";
const index = "model.safetensors.index.json";
const needed = {
  "config.json": text('{"model_type":"tiny","architectures":["TinyModel"]}'),
  "tokenizer.json": text("{}"),
  [index]: text(JSON.stringify({ weight_map: { a: first, b: second } })),
  [first]: weights("a", 1),
  [second]: weights("b", 2),
};
const model: HubModel = {
  id: "acme/tiny",
  revisions: { main: commit, "v0.1": older },
  files: {
    ...needed,
    "README.md": text("# Tiny"),
    "modeling_tiny.py": text("import os"),
    "pytorch_model.bin": text("pickle"),
    "consolidated.safetensors": weights("other", 3),
  },
};
const expectedNames = [...Object.keys(needed), "README.md"];

let hub: HubServer;
let root: string;
let out: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "unmask-import-")));
  out = join(root, "out");
});
afterEach(async () => {
  await hub?.close();
  await rm(root, { recursive: true });
});

/** Runs the command line. */
async function unmask(words: readonly string[], signal = new AbortController().signal) {
  let stdout = "";
  let stderr = "";
  const env = { HF_ENDPOINT: hub?.url, HF_TOKEN: "secret" };
  const status = await runCli(["import", ...words], {
    stdout: { write: (part) => (stdout += part) },
    stderr: { write: (part) => (stderr += part) },
    env,
    signal,
  });
  return { status, stdout, stderr };
}

/** Downloads without waiting long for anything. */
async function download(options: Partial<HubConnection> = {}): Promise<object> {
  await mkdir(out, { recursive: true });
  const connection = {
    url: hub.url,
    signal: new AbortController().signal,
    patience: { answer: 300, bytes: 300, pauses: [1, 1] },
    ...options,
  };
  const events = downloadModel(
    connection,
    { id: model.id, commit },
    { folder: out, ownTokenizer: false },
  );
  for (;;) {
    const step = await events.next();
    if (step.done === true) return step.value;
  }
}

const rangesOf = (file: string): (string | undefined)[] =>
  hub.seen
    .filter(({ asked }) => asked.kind === "bytes" && asked.file === file)
    .map(({ headers }) => headers.range);
const sizeOf = async (name: string): Promise<number> => (await stat(join(out, name))).size;
const begins = async (name: string, bytes: Uint8Array): Promise<boolean> => {
  const there = await readFile(join(out, name));
  return there.equals(bytes.subarray(0, there.length));
};

describe("from a hub", () => {
  test("what is needed comes, is what the hub lists, is on record, and nothing else comes", async () => {
    hub = await startHub({ ...model, token: "secret" });
    const { status, stdout, stderr } = await unmask(["acme/tiny", "--out", out]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect((await readdir(out)).toSorted()).toEqual([...expectedNames, "import.json"].toSorted());
    const record: unknown = JSON.parse(await readFile(join(out, "import.json"), "utf8"));
    expect(record).toEqual({
      source: { hub: hub.url, id: "acme/tiny", revision: "main" },
      commit,
      files: Object.fromEntries(
        expectedNames.map((name) => {
          const bytes = model.files[name]!;
          return [name, { bytes: bytes.length, sha256: sha256Of(bytes) }];
        }),
      ),
    });
    for (const name of expectedNames)
      expect(sha256Of(await readFile(join(out, name)))).toBe(sha256Of(model.files[name]!));
    expect(stdout).toMatch(/type +tiny\n/);
    expect(stdout).toMatch(/parameters +4\.1k \(4096\), F32\n/);
    // All of it from the one commit; the token never to the other server.
    for (const { asked, headers } of hub.seen) {
      if (asked.kind !== "bytes" && asked.kind !== "info") expect(asked.url).toContain(commit);
      expect(headers.authorization).toBe(asked.kind === "bytes" ? undefined : "Bearer secret");
    }
    // A second time is refused.
    expect((await unmask(["acme/tiny", "--out", out])).stderr).toMatch(
      /^unmask: import: --out ".*" holds a model that was imported already; .*\n$/,
    );
  });

  test("a list that goes on at another server is followed, without the token", async () => {
    const elsewhere = await startHub(model);
    hub = await startHub({ ...model, token: "secret" });
    const next = `${elsewhere.url}/api/models/acme/tiny/tree/${commit}`;
    hub.misbehave = (asked) =>
      asked.kind === "list"
        ? { status: 200, headers: { link: `<${next}>; rel="next"` }, body: "[]" }
        : undefined;
    await download({ token: "secret" });
    await elsewhere.close();
    expect(elsewhere.seen.length).toBeGreaterThan(0);
    for (const { headers } of elsewhere.seen) expect(headers.authorization).toBeUndefined();
  });

  test("an import that is stopped keeps its part, says so, and goes on from there", async () => {
    hub = await startHub(model);
    const half = needed[second].length / 2;
    const stop = new AbortController();
    hub.misbehave = (asked, count) => {
      if (asked.kind !== "bytes" || asked.file !== second || count > 1) return undefined;
      setTimeout(() => stop.abort(), 200);
      return { stallAfter: half };
    };
    const stopped = await unmask(["acme/tiny", "--out", out], stop.signal);
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toMatch(/stays in .*; the same command goes on with it/);
    expect(await sizeOf(`${second}.part`)).toBe(half);
    expect(await readdir(out)).not.toContain("import.json");
    // Another model may not have the folder. The branch may have moved: it's the commit that counts.
    expect((await unmask(["acme/tiny@v0.1", "--out", out])).stderr).toMatch(
      /holds an unfinished import of acme\/tiny@main/,
    );
    hub.seen.length = 0;
    const resumed = await unmask(["acme/tiny", "--out", out]);
    expect(resumed).toMatchObject({ status: 0, stderr: "" });
    expect(hub.seen.some(({ asked }) => asked.kind === "info")).toBe(false);
    expect(rangesOf(second)).toEqual([`bytes=${half}-`]);
    expect(rangesOf(first)).toEqual([]);
    expect(await begins(second, needed[second])).toBe(true);
    expect((await readdir(out)).filter((name) => /part|unfinished/.test(name))).toEqual([]);
  });

  test("cuts, silence and busy servers are waited out, and what came is kept", async () => {
    hub = await startHub(model);
    const notes: string[] = [];
    hub.misbehave = (asked, count) => {
      if (asked.kind === "info" || count > 2) return undefined;
      if (asked.kind === "list") return { status: 500 + count };
      if (asked.kind === "resolve")
        return asked.file === "config.json" ? { status: 429 } : undefined;
      if (asked.file === first) return { cutAfter: 1000 * count };
      return count === 1 ? { stallAfter: 500 } : { stallAfter: -1 };
    };
    await download({ note: (line) => notes.push(line) });
    expect(rangesOf(first)).toEqual([undefined, "bytes=1000-", "bytes=3000-"]);
    expect(rangesOf(second)).toEqual([undefined, "bytes=500-", "bytes=500-"]);
    for (const name of expectedNames) expect(await begins(name, model.files[name]!)).toBe(true);
    const said = [
      "status 501",
      "status 429",
      "the connection was cut",
      "nothing came",
      "no answer",
    ];
    for (const what of said) expect(notes.join("\n")).toContain(what);
  });

  test("a server that gives up for good is given up, and the part stays", async () => {
    hub = await startHub(model);
    hub.misbehave = (asked, count) => {
      if (asked.kind !== "bytes" || asked.file !== first) return undefined;
      return count === 1 ? { cutAfter: 4000 } : { status: 503 };
    };
    await expect(download()).rejects.toThrow(/out of order \(status 503\); try again later/);
    expect(rangesOf(first)).toHaveLength(3);
    expect(await sizeOf(`${first}.part`)).toBe(4000);
  });

  test("a server without ranges, or with a shorter file, means from the start", async () => {
    hub = await startHub(model);
    await mkdir(out);
    await writeFile(join(out, `${first}.part`), needed[first].subarray(0, 1000));
    await writeFile(join(out, `${second}.part`), needed[second].subarray(0, 1000));
    hub.misbehave = (asked, count) => {
      if (asked.kind !== "bytes" || count > 1) return undefined;
      return asked.file === first ? { ignoreRange: true } : { status: 416 };
    };
    await download();
    expect(rangesOf(first)).toEqual(["bytes=1000-"]);
    expect(rangesOf(second)).toEqual(["bytes=1000-", undefined]);
    expect(await begins(second, needed[second])).toBe(true);
  });

  test("wrong bytes of an earlier run are fetched anew; wrong bytes of the server leave nothing", async () => {
    hub = await startHub(model);
    await mkdir(out);
    await writeFile(join(out, `${first}.part`), new Uint8Array(1000));
    await writeFile(join(out, "README.md"), "# Evil");
    hub.misbehave = (asked) =>
      asked.kind === "bytes" && asked.file === second
        ? { bytes: needed[second].map((byte, i) => (i === 5000 ? byte ^ 1 : byte)) }
        : undefined;
    await expect(download()).rejects.toThrow(
      `${second}: its SHA-256 must be ${sha256Of(needed[second])}, got `,
    );
    expect(rangesOf(first)).toEqual(["bytes=1000-", undefined]);
    expect(await begins("README.md", model.files["README.md"]!)).toBe(true);
    expect((await readdir(out)).toSorted()).toEqual(
      expectedNames.filter((name) => name !== second).toSorted(),
    );
    // Small files are checked too, by the hash that Git has of them.
    hub.misbehave = (asked) => (asked.kind === "resolve" ? { bytes: text("[]") } : undefined);
    await rm(join(out, "tokenizer.json"));
    await expect(download()).rejects.toThrow(/tokenizer\.json: its Git SHA-1 must be/);
  });

  test("other bytes than asked for are not taken", async () => {
    hub = await startHub(model);
    await mkdir(out);
    await writeFile(join(out, `${first}.part`), needed[first].subarray(0, 1000));
    const size = needed[first].length;
    const headers = { "content-range": `bytes 0-${size - 1}/${size}` };
    hub.misbehave = (asked) =>
      asked.kind === "bytes" ? { status: 206, headers, body: "x".repeat(size) } : undefined;
    await expect(download()).rejects.toThrow(`asked for bytes 1000 to ${size}, got others`);
    expect(await begins(`${first}.part`, needed[first])).toBe(true);
  });

  test("a list without end is not followed", async () => {
    hub = await startHub(model);
    hub.misbehave = ({ kind, url }) =>
      kind === "list"
        ? { status: 200, headers: { link: `<${hub.url}${url}>; rel="next"` }, body: "[]" }
        : undefined;
    await expect(download()).rejects.toThrow("must list 20000 files on 200 pages at most");
  });

  test("more bytes than listed are not written", async () => {
    hub = await startHub(model);
    hub.misbehave = (asked) =>
      asked.kind === "bytes" ? { status: 200, body: "x".repeat(100_000) } : undefined;
    await expect(download()).rejects.toThrow(/must have \d+ bytes, (more are sent|got an answer)/);
    expect(await sizeOf(`${first}.part`)).toBeLessThanOrEqual(needed[first].length);
  });

  test.each([
    [
      "an unknown model",
      "acme/other",
      {},
      /there is no such model or revision, or it is private/,
      1,
    ],
    ["an unknown revision", "acme/tiny@v9", {}, /has no revision "v9"/, 1],
    [
      "a gated model",
      "acme/tiny",
      { status: 403, headers: { "x-error-code": "GatedRepo" } },
      /is gated: accept its licence at .*acme\/tiny, and set HF_TOKEN/,
      1,
    ],
    ["a wrong token", "acme/tiny", { status: 401 }, /HF_TOKEN is not accepted/, 1],
    [
      "no hub at all",
      "acme/tiny",
      { status: 200, body: "<html>" },
      /doesn't answer as a model hub does/,
      1,
    ],
    ["an address", "https://acme/tiny", {}, /a model of a hub is written OWNER\/NAME/, 2],
    ["a strange name", "../evil@main", {}, /there is no folder/, 1],
    ["a strange revision", "acme/tiny@../x", {}, /a revision is a branch, a tag or a commit/, 2],
  ])("refused in one line: %s", async (_, name, odd, message, status) => {
    hub = await startHub(model);
    hub.misbehave = (asked) => (asked.kind === "info" && "status" in odd ? odd : undefined);
    const result = await unmask([name, "--out", out]);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(result.status).toBe(status);
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  });

  test("no network is told, after a few tries", async () => {
    hub = await startHub(model);
    await hub.close();
    await expect(download()).rejects.toThrow(
      "the server takes no connection; check the network, and --hub or HF_ENDPOINT",
    );
  });

  test.each([
    "../../evil.safetensors",
    "/etc/model.safetensors",
    "..\\model.safetensors",
    "C:model.safetensors",
    "..%2fmodel.safetensors",
    "sub/../../model.safetensors",
    "nul.safetensors",
    ".safetensors",
  ])("a list with the name %s is refused, before a byte is written", async (path) => {
    const entry = { type: "file", path, size: 3, oid: "0".repeat(40) };
    hub = await startHub({ ...model, alsoListed: [entry] });
    await expect(download()).rejects.toThrow("a file's name must be plain");
    expect(await readdir(out)).toEqual([]);
    expect(await readdir(root)).toEqual(["out"]);
  });

  test("an index can't name files elsewhere, nor such that are not listed", async () => {
    const indexed = (file: string): HubModel => ({
      ...model,
      files: { ...needed, [index]: text(JSON.stringify({ weight_map: { a: first, b: file } })) },
    });
    hub = await startHub(indexed("../../evil.safetensors"));
    await expect(download()).rejects.toThrow(/name must be plain.*\.\.\/\.\.\/evil\.safetensors/);
    await hub.close();
    hub = await startHub(indexed("model-00003-of-00002.safetensors"));
    await expect(download()).rejects.toThrow("lacks the shard model-00003-of-00002.safetensors");
    await hub.close();
    // Listed, but not there.
    const lost = { type: "file", path: "zero.safetensors", size: 3, oid: "0".repeat(40) };
    hub = await startHub({ ...indexed("zero.safetensors"), alsoListed: [lost] });
    await expect(download()).rejects.toThrow(/"zero\.safetensors" is listed at commit c0ffee/);
    expect(await sizeOf(first)).toBe(needed[first].length);
  });

  test("pickles are not fetched, and it is said how to convert them", async () => {
    const { "pytorch_model.bin": pickle, "config.json": config } = model.files;
    hub = await startHub({
      ...model,
      files: { "config.json": config!, "pytorch_model.bin": pickle! },
    });
    await expect(download()).rejects.toThrow(/got only pickles.*convert them in Python/);
    expect(hub.seen.some(({ asked }) => asked.kind === "resolve")).toBe(false);
  });

  test("a model larger than the disk is refused before it is begun", async () => {
    const huge = {
      type: "file",
      path: "model.safetensors",
      size: 2 ** 52,
      lfs: { oid: "0".repeat(64), size: 2 ** 52, pointerSize: 1 },
    };
    hub = await startHub({ ...model, alsoListed: [huge] });
    await expect(download()).rejects.toThrow(/needs 4503599\.\d GB more, but the disk has/);
    expect(await readdir(out)).toEqual([]);
  });

  test("a part that is a link is not followed", async () => {
    hub = await startHub(model);
    await mkdir(out);
    await writeFile(join(root, "precious"), "");
    await symlink(join(root, "precious"), join(out, `${first}.part`));
    await symlink(join(root, "precious"), join(out, "config.json"));
    await expect(download()).rejects.toThrow(/\.part" can't be written: it is a link/);
    expect(await readFile(join(root, "precious"), "utf8")).toBe("");
    expect(await begins("config.json", needed["config.json"])).toBe(true);
  });
});

describe("from a folder", () => {
  const fill = async (folder: string): Promise<void> => {
    await mkdir(folder);
    for (const [name, bytes] of Object.entries(model.files))
      await writeFile(join(folder, name), bytes);
  };

  test("weights are linked, the rest is copied, and a tokenizer can be given", async () => {
    const from = join(root, "from");
    await fill(from);
    const tokenizer = join(root, "own.json");
    await writeFile(tokenizer, '{"own":true}');
    const { status, stderr } = await unmask([from, "--out", out, "--tokenizer", tokenizer]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect((await readdir(out)).toSorted()).toEqual([...expectedNames, "import.json"].toSorted());
    const inode = async (...path: string[]): Promise<number> => (await stat(join(...path))).ino;
    expect(await inode(out, first)).toBe(await inode(from, first));
    expect(await inode(out, "config.json")).not.toBe(await inode(from, "config.json"));
    expect(await readFile(join(out, "tokenizer.json"), "utf8")).toBe('{"own":true}');
    const { source, files } = JSON.parse(await readFile(join(out, "import.json"), "utf8")) as {
      source: object;
      files: Record<string, { sha256: string }>;
    };
    expect(source).toEqual({ folder: from });
    expect(files[first]!.sha256).toBe(sha256Of(needed[first]));
    expect(files["tokenizer.json"]!.sha256).toBe(sha256Of(text('{"own":true}')));
  });

  test("a folder that holds anything else is left alone, and a damaged model gets no record", async () => {
    const from = join(root, "from");
    await fill(from);
    await mkdir(out);
    await writeFile(join(out, "thesis.txt"), "years of work");
    const kept = await unmask([from, "--out", out]);
    expect(kept.stderr).toMatch(/--out ".*" must be new or empty, it holds 1 files/);
    expect(await readdir(out)).toEqual(["thesis.txt"]);
    await writeFile(join(from, second), needed[second].subarray(0, 5000));
    const other = join(root, "other");
    const damaged = await unmask([from, "--out", other]);
    await link(join(from, "config.json"), join(other, "config.json.part"));
    expect(damaged.stderr).toMatch(/tensor "b": lies at .*: cut off\?\n$/);
    expect(await readdir(other)).not.toContain("import.json");
    // And again, once it is mended: over the names of the first try, whose links must not be written to.
    await rm(join(from, second));
    await writeFile(join(from, second), needed[second]);
    expect(await unmask([from, "--out", other])).toMatchObject({ status: 0, stderr: "" });
    expect((await stat(join(other, "config.json"))).nlink).toBe(1);
    expect((await readdir(other)).toSorted()).toEqual([...expectedNames, "import.json"].toSorted());
    expect(await sizeOf(join("..", "other", second))).toBe(needed[second].length);
  });

  test("a disk without room ends it in one line, and leaves no file under its name", async () => {
    const from = join(root, "from");
    await fill(from);
    await writeFile(join(from, "tokenizer.json"), " ".repeat(300_000));
    const program = new URL("../dist/cli/main.js", import.meta.url).pathname;
    const shell = `ulimit -f 200; exec '${process.execPath}' '${program}' import '${from}' --out '${out}'`;
    const { status, stderr } = spawnSync("bash", ["-c", shell], { encoding: "utf8" });
    expect(stderr).toMatch(/tokenizer\.json\.part" can't be written: .* is allowed here/);
    expect(status).toBe(1);
    expect(await readdir(out)).not.toContain("tokenizer.json");
  });
});

test("a reference is an owner, a name and a revision", () => {
  expect(readReference("gpt2")).toEqual({ id: "gpt2", revision: "main" });
  expect(readReference("a/b@refs/pr/3")).toEqual({ id: "a/b", revision: "refs/pr/3" });
  for (const wrong of ["", "a/b/c", "a//b", "a/b@", "a/b@c@d", "a/..", "a/b?x=1", "a/b#c", "a b/c"])
    expect(() => readReference(wrong), wrong).toThrow(/OWNER\/NAME|a revision is/);
});
