/**
 * Figures for Prometheus, of the server and of its engine.
 *
 * @module
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Engine, EngineTotals, ServedModel } from "../engine/engine.ts";

export interface Metrics {
  request(seen: { method: string; route: string; status: number; seconds: number }): void;
  /** All of them as Prometheus reads them. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Counters of the engine: its own totals, read when they are asked for. */
const totals = {
  unmask_tasks_total: ["texts that were asked for", "tasks"],
  unmask_tasks_finished_total: ["texts that were written", "finished"],
  unmask_tasks_failed_total: ["texts that failed", "failed"],
  unmask_tasks_cancelled_total: ["texts whose client left", "cancelled"],
  unmask_tasks_refused_total: ["texts that found the queue full", "refused"],
  unmask_prompt_tokens_total: ["tokens of prompts", "promptTokens"],
  unmask_tokens_total: ["tokens written", "tokens"],
  unmask_forward_passes_total: ["forward passes", "passes"],
  unmask_worker_restarts_total: ["workers that ended and were started again", "restarts"],
} as const satisfies Record<string, readonly [string, keyof EngineTotals]>;

/** Gauges for each model. */
const states = {
  unmask_queue_length: ["texts that wait", (model) => model.waiting],
  unmask_active: ["texts that are being written", (model) => model.active],
  unmask_ready: ["1 for a model that is in memory", (model) => Number(model.state === "ready")],
} as const satisfies Record<string, readonly [string, (model: ServedModel) => number]>;

export function createMetrics(engine: Pick<Engine, "models" | "totals">): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "unmask_http_requests_total",
    help: "requests that were answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "unmask_http_request_seconds",
    help: "from a request's head to the end of its answer",
    labelNames: ["route"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  for (const [name, [help, key]] of Object.entries(totals)) {
    const counter = new Counter({
      name,
      help,
      registers,
      collect() {
        counter.reset();
        counter.inc(engine.totals()[key]);
      },
    });
  }
  for (const [name, [help, read]] of Object.entries(states)) {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ["model"],
      registers,
      collect() {
        for (const model of engine.models()) gauge.set({ model: model.id }, read(model));
      },
    });
  }
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request({ method, route, status, seconds }) {
      requests.inc({ method, route, status });
      durations.observe({ route }, seconds);
    },
  };
}
