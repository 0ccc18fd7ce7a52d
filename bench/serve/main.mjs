/**
 * Requests and tokens per second of `unmask serve`, and how long clients wait: texts written together
 * beside texts written one after the other.
 *
 * `npm run bench -- serve [--systems autoregressive,bd3lm:block=4,mdlm] [--size mini] [--tokens 64]
 * [--clients 1,4,16,64] [--texts 4] [--batches 1,16]`
 *
 * Clients are streams of this process that ask again as soon as they have their text; each asks `texts`
 * times, at least 16 together. The contenders take turns for each number of clients. From 1,000 texts on, the
 * server's memory is told after each tenth of them.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomModel, startProgram } from "./server.mjs";

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      systems: { type: "string", default: "autoregressive,bd3lm:block=4,mdlm" },
      size: { type: "string", default: "mini" },
      tokens: { type: "string", default: "64" },
      clients: { type: "string", default: "1,4,16,64" },
      texts: { type: "string", default: "4" },
      batches: { type: "string", default: "1,16" },
    },
  });
  const numbers = (text) => text.split(",").map(Number);
  const folder = await mkdtemp(join(tmpdir(), "unmask-bench-"));
  console.log(
    `${values.size}, ${values.tokens} tokens a text, prompt of 27 tokens\n` +
      "system            batch  clients  texts/s  tokens/s   first ms   p50 ms   p95 ms   p99 ms  peak MB",
  );
  try {
    for (const spec of values.systems.split(",")) {
      const model = await randomModel(join(folder, "model"), { spec, size: values.size });
      const servers = [];
      for (const batch of numbers(values.batches)) {
        const options = ["--batch", String(batch), "--queue", "1000", "--log-level", "error"];
        servers.push({ batch, ...(await startProgram([model], options)) });
      }
      for (const { url } of servers) await ask(url, 0, 8);
      for (const clients of numbers(values.clients))
        for (const server of servers) {
          const count = Math.max(16, clients * Number(values.texts));
          line(
            spec,
            clients,
            server,
            await load(server, { clients, count, tokens: Number(values.tokens) }),
          );
        }
      for (const { child, ended } of servers) {
        child.kill("SIGTERM");
        await ended;
      }
      await rm(model, { recursive: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function load({ url, pid }, { clients, count, tokens }) {
  const start = performance.now();
  const done = [];
  const resident = [];
  let next = 0;
  const client = async () => {
    while (next < count) {
      done.push(await ask(url, next++, tokens));
      if (count >= 1000 && done.length % (count / 10) === 0) resident.push(memoryOf(pid, "VmRSS"));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  if (resident.length > 0)
    console.log(
      `resident MB after each tenth of ${count} texts: ${resident.map((mb) => mb.toFixed(0)).join(" ")}`,
    );
  return { done, seconds: (performance.now() - start) / 1000 };
}

/** One streamed text. */
async function ask(url, seed, tokens) {
  const start = performance.now();
  const response = await fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "model",
      prompt: `Once upon a time there was ${seed}`.slice(0, 27),
      max_tokens: tokens,
      temperature: 1,
      seed,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  let first;
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    first ??= performance.now() - start;
    text += decoder.decode(chunk, { stream: true });
  }
  const usage = JSON.parse(/"usage":(\{[^{}]*\})/.exec(text)[1]);
  return { first, seconds: (performance.now() - start) / 1000, tokens: usage.completion_tokens };
}

function line(spec, clients, { batch, pid }, { done, seconds }) {
  const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
  const quantile = (numbers, q) =>
    numbers[Math.min(numbers.length - 1, Math.floor(q * numbers.length))];
  const waits = sorted(done.map((one) => 1000 * one.seconds));
  const firsts = sorted(done.map(({ first }) => first));
  const tokens = done.reduce((sum, one) => sum + one.tokens, 0);
  console.log(
    [
      spec.padEnd(17),
      String(batch).padStart(5),
      String(clients).padStart(8),
      (done.length / seconds).toFixed(2).padStart(8),
      (tokens / seconds).toFixed(0).padStart(9),
      quantile(firsts, 0.5).toFixed(0).padStart(10),
      ...[0.5, 0.95, 0.99].map((q) => quantile(waits, q).toFixed(0).padStart(8)),
      memoryOf(pid, "VmHWM").toFixed(0).padStart(8),
    ].join(" "),
  );
}

/** Memory of a process in MB, `VmRSS` now or `VmHWM` at most; Linux only. */
function memoryOf(pid, field) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024;
  } catch {
    return NaN;
  }
}
