/**
 * The folder of runs behind the page: what trains or has trained there, and reports.
 *
 * @module
 */
import { UnmaskError } from "../../src/errors.ts";
import type { MetricsReply, ReportsReply, RunsReply } from "../../src/serve/http/replies.ts";
import { send } from "../engine/server.ts";
import { modelList } from "../engine/site.ts";
import type { Metric } from "./curves.ts";

export type Run = RunsReply["data"][number];
export type Report = ReportsReply["data"][number];

export const listRuns = async (signal: AbortSignal): Promise<readonly Run[]> =>
  ((await read("v1/runs", signal)) as RunsReply).data;

/** Lines of a run's metrics, from a step on. */
export const metricsOf = async (
  run: string,
  from: number,
  signal: AbortSignal,
): Promise<readonly Metric[]> =>
  ((await read(`v1/runs/${encodeURIComponent(run)}/metrics?from=${from}`, signal)) as MetricsReply)
    .data;

export const listReports = async (signal: AbortSignal): Promise<readonly Report[]> =>
  ((await read("v1/reports", signal)) as ReportsReply).data;

/** The content of a report. */
export const reportOf = (report: string, signal: AbortSignal): Promise<unknown> =>
  read(`v1/reports/${encodeURIComponent(report)}`, signal);

async function read(path: string, signal: AbortSignal): Promise<unknown> {
  // A static site has models, but no runs.
  if (modelList() !== undefined)
    throw new UnmaskError("unavailable", "there is no server behind this page");
  return (await send(path, undefined, signal)).json();
}
