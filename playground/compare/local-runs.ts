/**
 * The folder of runs behind the page: what trains or has trained there, and reports.
 *
 * @module
 */
import { UnmaskError } from "../../src/errors.ts";
import type {
  ErrorReply,
  MetricsReply,
  ReportsReply,
  RunsReply,
} from "../../src/serve/http/replies.ts";
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

/** The key that the page keeps for its server. */
const keyName = "unmask-key";

/**
 * Reads something from the server.
 *
 * @throws UnmaskError "missing" where it wants a key, "unavailable" where there is no such server
 */
async function read(path: string, signal: AbortSignal): Promise<unknown> {
  // A static site has models, but no runs.
  if (modelList() !== undefined)
    throw new UnmaskError("unavailable", "there is no server behind this page");
  const key = window.sessionStorage.getItem(keyName);
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(path, { headers, signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new UnmaskError("unavailable", "the server can't be reached; is unmask serve running?", {
      cause,
    });
  });
  const content = (await response.json().catch(() => undefined)) as unknown;
  if (response.ok && content !== undefined) return content;
  const { error } = (content ?? {}) as Partial<ErrorReply>;
  const message = error?.message ?? `the server answers with status ${response.status}`;
  throw new UnmaskError(response.status === 401 ? "missing" : "unavailable", message);
}
