/**
 * A server under everything that clients do to one: correct requests of many kinds, clients that leave in
 * the middle, that read slowly, that send nonsense or too much, and SIGTERM now and then.
 *
 * `npm run bench -- soak [--minutes 10] [--clients 16] [--systems autoregressive,mdlm] [--size nano]`
 *
 * What must hold: every finished text is, to the byte, the one that its seed gave when it was alone; nonsense
 * gets a status of 400 to 499; at the end nobody holds a place; the server's memory doesn't grow; SIGTERM
 * ends it with status 0. Fails with status 1 otherwise.
 */
import { request } from "node:http";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomModel, startProgram } from "../serve/server.mjs";

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      minutes: { type: "string", default: "10" },
      clients: { type: "string", default: "16" },
      systems: { type: "string", default: "autoregressive,mdlm" },
      size: { type: "string", default: "nano" },
      lives: { type: "string", default: "4" },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "unmask-soak-"));
  const models = [];
  for (const [i, spec] of values.systems.split(",").entries())
    models.push(await randomModel(join(folder, `m${i}`), { spec, size: values.size, length: 64 }));
  const tally = { finished: 0, wrong: 0, left: 0, slow: 0, nonsense: 0, refused: 0, failed: 0 };
  const faults = [];
  const lives = Number(values.lives);
  try {
    const alone = await firstTexts(models);
    for (let life = 0; life < lives; life++) {
      const server = await startProgram(models, [
        "--batch",
        "8",
        "--queue",
        "8",
        "--log-level",
        "error",
      ]);
      const end = performance.now() + (Number(values.minutes) * 60_000) / lives;
      const memory = [];
      const watch = setInterval(() => memory.push(residentOf(server.pid)), 5000);
      const client = async (seed) => {
        let state = seed * 7919 + life + 1;
        const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        while (performance.now() < end)
          await act(server.url, { models, alone, random, tally, faults });
      };
      await Promise.all(Array.from({ length: Number(values.clients) }, (_, i) => client(i + 1)));
      clearInterval(watch);
      await settle(server.url, faults);
      // The last ones are still at work when it is told to end.
      const last = Array.from({ length: 4 }, (_, i) =>
        post(server.url, taskOf("m0", i), {}).catch(() => undefined),
      );
      await new Promise((go) => setTimeout(go, 50));
      server.child.kill("SIGTERM");
      const status = await server.ended;
      if (status !== 0) faults.push(`SIGTERM: status ${status}`);
      await Promise.all(last);
      console.log(
        `life ${life + 1}: ${JSON.stringify(tally)}; resident MB ${memory.map((mb) => mb.toFixed(0)).join(" ")}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(
    faults.length === 0
      ? "no fault"
      : `${faults.length} faults:\n${[...new Set(faults)].slice(0, 20).join("\n")}`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

const seeds = 12;
const taskOf = (model, seed) => ({
  model,
  prompt: "once 🦊 안녕".slice(0, 4 + (seed % 6)),
  max_tokens: 8 + 3 * (seed % 10),
  temperature: 1,
  seed,
});

/** What every seed gives on a server that nobody else uses. */
async function firstTexts(models) {
  const { url, child, ended } = await startProgram(models, ["--log-level", "error"]);
  const texts = new Map();
  for (const model of models.map((_, i) => `m${i}`))
    for (let seed = 0; seed < seeds; seed++) {
      const { body } = await post(url, taskOf(model, seed), {});
      texts.set(`${model} ${seed}`, JSON.parse(body).choices[0].text);
    }
  child.kill("SIGTERM");
  await ended;
  return texts;
}

/** One thing that a client does. */
async function act(url, { models, alone, random, tally, faults }) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const model = `m${Math.floor(random() * models.length)}`;
  const seed = Math.floor(random() * seeds);
  const task = taskOf(model, seed);
  const kind = random();
  try {
    if (kind < 0.5) {
      const stream = random() < 0.5;
      const { status, body } = await post(url, { ...task, stream }, {});
      if (status === 429) return void (tally.refused += 1);
      const text = stream ? streamed(body) : JSON.parse(body).choices?.[0].text;
      tally.finished += 1;
      if (status !== 200 || text !== alone.get(`${model} ${seed}`)) {
        tally.wrong += 1;
        faults.push(`wrong answer of ${model} ${seed}: ${status} ${body.slice(0, 200)}`);
      }
    } else if (kind < 0.7) {
      tally.left += 1;
      await post(
        url,
        { ...task, max_tokens: 40, stream: true },
        { leaveAfter: Math.floor(random() * 3) },
      );
    } else if (kind < 0.78) {
      tally.slow += 1;
      await post(url, { ...task, stream: true }, { pause: 20 });
    } else {
      tally.nonsense += 1;
      const nonsense = pick([
        "{",
        "null",
        "[]",
        '{"modle":"m0","prompt":"a"}',
        '{"model":"nobody","prompt":"a"}',
        JSON.stringify({ ...task, max_tokens: -1 }),
        JSON.stringify({ ...task, prompt: 7 }),
        JSON.stringify({ ...task, steps: 1e9 }),
        JSON.stringify({ ...task, prompt: [1, 2, 1e6] }),
        JSON.stringify({ ...task, prompt: "x".repeat(5_000_000) }),
        "\u0000\u0001".repeat(1000),
      ]);
      const { status, body } = await post(url, nonsense, {});
      if (status < 400 || status > 499)
        faults.push(`nonsense got ${status}: ${nonsense.slice(0, 80)} ${body.slice(0, 200)}`);
    }
  } catch (error) {
    // A refused body may be cut off while it is still being sent.
    if (kind < 0.78) {
      tally.failed += 1;
      faults.push(`request failed: ${error.message}`);
    }
  }
}

/** A request over a connection of its own; a client may leave after some chunks, or read slowly. */
function post(url, body, habits) {
  return new Promise((resolve, reject) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = request(
      `${url}/v1/completions`,
      { method: "POST", agent: false, headers: { "content-type": "application/json" } },
      (response) => void readAnswer(sent, response, habits).then(resolve, reject),
    );
    sent.on("error", reject);
    sent.end(text);
  });
}

async function readAnswer(sent, response, { leaveAfter, pause }) {
  response.setEncoding("utf8");
  let body = "";
  let chunks = 0;
  const leave = () => {
    sent.destroy();
    return { status: 0, body };
  };
  if (leaveAfter === 0) return leave();
  for await (const chunk of response) {
    body += chunk;
    if (++chunks === leaveAfter) return leave();
    if (pause) await new Promise((go) => setTimeout(go, pause));
  }
  return { status: response.statusCode, body };
}

const streamed = (body) =>
  body
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.text ?? "")
    .join("");

/** Nobody is left: all places are free soon after the last client has gone. */
async function settle(url, faults) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const text = await fetch(`${url}/metrics`).then((response) => response.text());
    const busy = text
      .split("\n")
      .filter((line) => /^unmask_(active|waiting|queue)[^ ]* [1-9]/.test(line));
    if (busy.length === 0) return;
    if (attempt === 49) faults.push(`places are still taken: ${busy.join("; ")}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

const residentOf = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
