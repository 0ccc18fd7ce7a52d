/** The server on the wire: what no well-behaved client sends, and clients that leave or are slow. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { keyRing, newKey } from "../src/serve/http/keys.ts";
import { startServer } from "../src/serve/http/server.ts";
import { engineError } from "../src/serve/engine/engine.ts";
import { scriptedEngine, usualScript } from "./support/scripted-engine.ts";
import { eventsOf, started, until } from "./support/started-server.ts";
import type { Started } from "./support/started-server.ts";

/** A connection on which a test says what it likes. */
function dial({ server }: Started): Promise<{ socket: Socket; heard: () => string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (data: string) => (text += data));
    socket.once("error", reject);
    socket.once("connect", () => resolve({ socket, heard: () => text }));
    onTestFinished(() => void socket.destroy());
  });
}

const head = (path: string, length: number, more = ""): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

const request = (body: object, more = ""): string => {
  const text = JSON.stringify(body);
  return head("/v1/completions", Buffer.byteLength(text), more) + text;
};

const endless = { tokens: Array.from({ length: 4000 }, () => " on and on") };

describe("on the wire", () => {
  test("several requests on one connection, in one piece: answered in order", async () => {
    const { socket, heard } = await dial(await started());
    socket.write(
      request({ seed: 1 }) +
        "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n" +
        request({ seed: 2 }),
    );
    await until(() => heard().match(/HTTP\/1.1 200 OK/g)?.length === 3);
    const order = [...heard().matchAll(/"seed":(\d)|"status":"ok"/g)].map(
      ([, seed]) => seed ?? "ok",
    );
    expect(order).toEqual(["1", "ok", "2"]);
    expect(socket.destroyed).toBe(false);
  });

  test("a body in many small pieces, cut inside characters", async () => {
    const fixture = await started();
    const { socket, heard } = await dial(fixture);
    for (const byte of Buffer.from(request({ prompt: "고양이 🧶" }))) socket.write(Buffer.of(byte));
    await until(() => heard().includes("text_completion"));
    expect(fixture.engine.tasks[0]!.start).toMatchObject({ prompt: "고양이 🧶" });
  });

  test("a head that never ends is answered with 408 and closed", async () => {
    const { socket, heard } = await dial(
      await started({ limits: { headSeconds: 1, arrivalSeconds: 1 } }),
    );
    socket.write("POST /v1/completions HTTP/1.1\r\nhost: loc");
    await until(() => socket.closed);
    expect(heard()).toMatch(/^HTTP\/1.1 408/);
  });

  test("a body that never ends is answered with 408 and closed", async () => {
    const fixture = await started({ limits: { headSeconds: 1, arrivalSeconds: 1 } });
    const { socket, heard } = await dial(fixture);
    socket.write(head("/v1/completions", 1000) + '{"prompt": "a');
    await until(() => socket.closed);
    expect(heard()).toMatch(/^HTTP\/1.1 408/);
    expect(fixture.engine.tasks).toEqual([]);
  });

  test.each([
    ["nonsense", "\u0000\u0001 what\r\n\r\n"],
    ["no host", "GET /health HTTP/1.1\r\n\r\n"],
    [
      "two lengths",
      "POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    ],
    ["an impossible host", "GET /health HTTP/1.1\r\nhost: a b\r\n\r\n"],
    ["a head without end", `GET /health HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}`],
  ])("%s is answered with 4xx, and the server lives", async (_, text) => {
    const fixture = await started();
    const { socket, heard } = await dial(fixture);
    socket.write(text);
    await until(() => /^HTTP\/1.1 4\d\d/.test(heard()));
    expect((await fetch(`${fixture.url}/health`)).status).toBe(200);
  });

  test("a body whose length is not said", async () => {
    const { url, engine } = await started();
    const response = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Blob([JSON.stringify({ prompt: "고양이" })]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(200);
    expect(engine.tasks[0]!.start).toMatchObject({ prompt: "고양이" });
  });

  test("a body that is not UTF-8", async () => {
    const { url } = await started();
    const response = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "invalid_json" } });
  });

  test("too long a body: 413, whether or not its length is said", async () => {
    const { post, engine } = await started({ limits: { bodyBytes: 1000 } });
    const body = JSON.stringify({ prompt: "a".repeat(2000) });
    const said = await post("/v1/completions", body);
    const chunked = await fetch(said.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    for (const response of [said, chunked]) {
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { code: "body_too_large" } });
    }
    expect(engine.tasks).toEqual([]);
  });

  test("another kind of body: 415", async () => {
    const { url } = await started();
    const response = await fetch(`${url}/v1/completions`, { method: "POST", body: "prompt=a" });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ error: { code: "unsupported_media_type" } });
  });

  test("methods and paths that are not there", async () => {
    const { url, post } = await started();
    const get = await fetch(`${url}/v1/completions`);
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await get.json()).toMatchObject({ error: { code: "method_not_allowed" } });
    expect((await fetch(`${url}/v1/completions`, { method: "OPTIONS" })).status).toBe(405);
    expect((await post("/v1/models", {})).status).toBe(405);
    const none = await post("/v1/embeddings", {});
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ error: { code: "unknown_url" } });
    const brief = await fetch(`${url}/v1/models`, { method: "HEAD" });
    expect([brief.status, await brief.text()]).toEqual([200, ""]);
  });
});

describe("clients that leave or are slow", () => {
  test.each([{}, { stream: true }, { stream: true, diffusing: true }, { n: 3 }])(
    "leaving frees all places: %j",
    async (fields) => {
      const engine = scriptedEngine({ script: () => ({ ...endless, wait: () => pause(5) }) });
      const fixture = await started({ engine });
      const { socket } = await dial(fixture);
      socket.write(request({ max_tokens: 4000, ...fields }));
      await until(() => engine.running() > 0 && engine.taken() > 5);
      socket.destroy();
      await until(() => engine.running() === 0);
      await until(() => fixture.log().length === 1);
      expect(fixture.log()[0]).toMatchObject({ status: 499, msg: "left" });
    },
  );

  test("a reader who stops reading holds the writer up, not the memory", async () => {
    const tokens = Array.from({ length: 300 }, () => " on".repeat(150));
    const engine = scriptedEngine({ script: () => ({ tokens }) });
    const fixture = await started({ engine });
    const { socket } = await dial(fixture);
    socket.pause();
    // Three hundred frames of a quarter of a megabyte: more than any buffer of a socket takes.
    socket.write(request({ max_tokens: 300, stream: true, diffusing: true }));
    let before = -1;
    await until(async () => {
      const now = engine.taken();
      const still = now > 0 && now === before;
      before = now;
      await pause(200);
      return still;
    });
    expect(before).toBeLessThan(400);
    socket.resume();
    await until(() => engine.taken() > before);
    socket.destroy();
    await until(() => engine.running() === 0);
  });

  test("a reader who takes nothing for too long is given up", async () => {
    const tokens = Array.from({ length: 300 }, () => " on".repeat(150));
    const engine = scriptedEngine({ script: () => ({ tokens }) });
    const fixture = await started({ engine, limits: { stallSeconds: 0.5 } });
    const { socket } = await dial(fixture);
    socket.pause();
    socket.write(request({ max_tokens: 300, stream: true, diffusing: true }));
    await until(() => engine.running() === 1);
    await until(() => engine.running() === 0);
    expect(engine.totals().finished).toBe(0);
  });

  test("characters are never split between the chunks of a stream", async () => {
    const engine = scriptedEngine({
      script: () => ({ tokens: [[0xea, 0xb3], [0xa0, 0xf0], [0x9f, 0xa7], [0xb6], "!"] }),
    });
    const { post } = await started({ engine });
    const events = await eventsOf(await post("/v1/completions", { stream: true, max_tokens: 5 }));
    const texts = events
      .slice(0, -1)
      .map((event) => (JSON.parse(event) as { choices: [{ text: string }] }).choices[0].text);
    expect(texts).toEqual(["고", "🧶", "!", ""]);
  });
});

describe("the end of a server", () => {
  test("what has begun is finished, what comes is not taken, probes say so", async () => {
    const engine = scriptedEngine({
      script: (task) => ({ ...usualScript(task), wait: () => pause(20) }),
    });
    const fixture = await started({ engine });
    const { socket, heard } = await dial(fixture);
    const { socket: kept, heard: keptHeard } = await dial(fixture);
    kept.write(request({ max_tokens: 2 }));
    await until(() => keptHeard().includes("text_completion"));
    socket.write(request({ stream: true, max_tokens: 10 }));
    await until(() => heard().includes("data: "));
    const closed = fixture.server.close(10);
    await expect(fetch(`${fixture.url}/health`)).rejects.toThrow();
    await closed;
    expect(heard()).toContain("[DONE]");
    expect(kept.destroyed || kept.readableEnded).toBe(true);
  });

  test("what can't be finished in time is stopped", async () => {
    const engine = scriptedEngine({ script: () => ({ ...endless, wait: () => pause(50) }) });
    const fixture = await started({ engine });
    const response = await fixture.post("/v1/completions", { stream: true, max_tokens: 4000 });
    const read = response.text();
    await fixture.server.close(0.1);
    await expect(read).rejects.toThrow();
    await until(() => engine.running() === 0);
  });
});

describe("the doors", () => {
  test("keys: none, a wrong one, the right one", async () => {
    const [mine, other] = [newKey(), newKey()];
    const keys = keyRing(`# two\n${other.line}  somebody else\n\n${mine.line}\tmine\n`, "keys.txt");
    const { url, post, log } = await started({ keys });
    const ask = async (authorization?: string) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const response = await post("/v1/completions", {}, { headers });
      return [response.status, response.headers.get("www-authenticate")];
    };
    expect(await ask()).toEqual([401, "Bearer"]);
    expect(await ask("Basic abc")).toEqual([401, "Bearer"]);
    expect(await ask(`Bearer ${mine.key}x`)).toEqual([401, "Bearer"]);
    expect(await ask(`Bearer ${mine.line}`)).toEqual([401, "Bearer"]);
    expect(await ask(`Bearer ${mine.key}`)).toEqual([200, null]);
    expect(await ask(`bearer  ${other.key}`)).toEqual([200, null]);
    for (const path of ["/v1/models", "/metrics"])
      expect((await fetch(`${url}${path}`)).status).toBe(401);
    for (const path of ["/health", "/ready", "/openapi.json"])
      expect((await fetch(`${url}${path}`)).status).toBe(200);
    // Logs tell the keys apart without holding them.
    await until(() => log().filter((line) => line["status"] === 200 && "key" in line).length === 2);
    const text = JSON.stringify(log());
    expect(text).toContain(mine.line.slice(0, 8));
    expect(text).not.toContain(mine.key);
    expect(text).not.toContain(mine.line);
  });

  test.each([
    ["", /must hold the hash of a key, got none/],
    ["# only a comment\n", /got none/],
    ["unmask-this-is-the-key-itself\n", /keys\.txt, line 1: must begin with the SHA-256/],
  ])("a file of keys %j is refused", (text, message) => {
    expect(() => keyRing(text, "keys.txt")).toThrow(message);
    // A line may be the key itself, which no error shows.
    expect(() => keyRing(text, "keys.txt")).not.toThrow(/key-itself/);
  });

  test("others reach the address: keys are needed", async () => {
    const { engine } = await started();
    const { pino } = await import("pino");
    const logger = pino({ level: "silent" });
    const start = (more: object) => startServer({ engine, logger, host: "0.0.0.0", ...more });
    await expect(start({})).rejects.toThrow(/needs API keys; give --api-key-file, or --no-auth/);
    await (await start({ open: true })).close(0);
    await (await start({ keys: keyRing(newKey().line, "keys") })).close(0);
  });

  test("a page whose name points to this machine is not let in", async () => {
    const fixture = await started();
    const ask = async (host: string): Promise<string> => {
      const { socket, heard } = await dial(fixture);
      socket.write(`GET /v1/models HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      await until(() => heard() !== "");
      return heard().slice(9, 12);
    };
    expect(await ask("evil.example")).toBe("403");
    expect(await ask("localhost:1")).toBe("200");
    expect(await ask("127.0.0.1")).toBe("200");
    expect(await ask("[::1]:80")).toBe("200");
  });

  test("pages of other sites: none by default, those that are named", async () => {
    const preflight = async (url: string, origin: string) => {
      const response = await fetch(`${url}/v1/completions`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
      return [response.status, response.headers.get("access-control-allow-origin")];
    };
    const { url } = await started();
    expect(await preflight(url, "https://a.example")).toEqual([405, null]);
    const { url: named, post } = await started({ cors: ["https://a.example"] });
    expect(await preflight(named, "https://a.example")).toEqual([204, "https://a.example"]);
    expect(await preflight(named, "https://b.example")).toEqual([204, null]);
    const { headers } = await post(
      "/v1/completions",
      {},
      { headers: { origin: "https://a.example" } },
    );
    expect(headers.get("access-control-allow-origin")).toBe("https://a.example");
    // Errors too, or pages could not read them.
    const wrong = await post(
      "/v1/completions",
      { n: 0 },
      { headers: { origin: "https://a.example" } },
    );
    expect(wrong.headers.get("access-control-allow-origin")).toBe("https://a.example");
  });

  test("logs hold no prompt unless asked", async () => {
    const body = { prompt: "my secret", max_tokens: 2 };
    for (const logPrompts of [false, true]) {
      const { post, log } = await started({ logPrompts });
      const response = await post("/v1/completions", body, {
        headers: { "x-request-id": "abc-1" },
      });
      expect(response.headers.get("x-request-id")).toBe("abc-1");
      await until(() => log().length === 1);
      expect(log()[0]).toMatchObject({
        id: "abc-1",
        method: "POST",
        route: "/v1/completions",
        status: 200,
        model: "tiny",
        tokens: 2,
        passes: 2,
      });
      expect(JSON.stringify(log()).includes("my secret")).toBe(logPrompts);
    }
  });

  test("too many connections", async () => {
    const fixture = await started({ limits: { connections: 2 } });
    const [first, second] = [await dial(fixture), await dial(fixture)];
    for (const { socket, heard } of [first, second]) {
      socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
      await until(() => heard() !== "");
    }
    const third = await dial(fixture);
    await until(() => third.socket.closed);
    first.socket.destroy();
    await until(async () => {
      const next = await dial(fixture);
      next.socket.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
      await pause(50);
      return next.heard().startsWith("HTTP/1.1 200");
    });
  });

  test("a folder of pages, and nothing outside it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "unmask-site-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "index.html"), "<p>hello");
    const runtime = join(folder, "kernels");
    await mkdir(runtime);
    await writeFile(join(runtime, "ort.mjs"), "export {};");
    const fixture = await started({ site: folder, runtime });
    const page = await fetch(fixture.url);
    expect([page.status, await page.text()]).toEqual([200, "<p>hello"]);
    expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    // Threads are workers that load this.
    const kernels = await fetch(`${fixture.url}/runtime/ort.mjs`);
    expect(await kernels.text()).toBe("export {};");
    expect(kernels.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(kernels.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect((await fetch(`${fixture.url}/runtime/..%2findex.html`)).status).toBe(404);
    const { socket, heard } = await dial(fixture);
    socket.write("GET /../../../../etc/passwd HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await until(() => heard() !== "");
    expect(heard()).toMatch(/^HTTP\/1.1 404/);
    expect((await fetch(`${fixture.url}/..%2f..%2fetc/passwd`)).status).toBe(404);
  });

  test("an address that is taken", async () => {
    const { server, engine } = await started();
    const { pino } = await import("pino");
    const again = startServer({ engine, logger: pino({ level: "silent" }), port: server.port });
    await expect(again).rejects.toThrow(/it is taken; choose another with --port/);
  });

  test("a full queue says when to come again", async () => {
    const error = engineError("busy", "64 texts wait already", 7);
    const engine = scriptedEngine({ script: () => ({ tokens: [], fail: { at: -1, error } }) });
    const { post } = await started({ engine });
    const response = await post("/v1/completions", {});
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
  });
});
