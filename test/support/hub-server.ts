/**
 * A model hub on this machine, as the Hugging Face hub answers: revisions, file lists in pages, small
 * files at once and large ones by redirection to a second server (with hashes, sizes and ranges). It
 * misbehaves on demand.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What is asked for: a revision, a page of the file list, a file's place, or a large file's bytes. */
export interface Asked {
  readonly kind: "info" | "list" | "resolve" | "bytes";
  readonly url: string;
  /** Which file, where it is about one. */
  readonly file?: string;
}

export interface Seen {
  readonly asked: Asked;
  readonly headers: IncomingHttpHeaders;
}

/** A way to answer other than properly. */
export type Misbehaviour =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Cuts the connection after so many bytes of the body. */
  | { readonly cutAfter: number }
  /** Says nothing more after so many bytes of the body; -1: nothing at all. */
  | { readonly stallAfter: number }
  /** Sends these bytes instead, as if they were right. */
  | { readonly bytes: Uint8Array }
  | { readonly ignoreRange: true };

export interface HubServer {
  readonly url: string;
  /** Every request, in order. */
  readonly seen: Seen[];
  /** Asked before each answer. */
  misbehave: (asked: Asked, count: number) => Misbehaviour | undefined;
  close(): Promise<void>;
}

export interface HubModel {
  readonly id: string;
  /** Branches and tags, each with the commit that it means. */
  readonly revisions: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Without it, requests get status 401. */
  readonly token?: string;
  /** Other entries of the file list, whatever they are. */
  readonly alsoListed?: readonly unknown[];
}

export const sha256Of = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");
const gitBlobOf = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
const isLarge = (name: string): boolean => name.endsWith(".safetensors");

/** Entries of the file list in one page. */
const pageSize = 3;

export async function startHub(model: HubModel): Promise<HubServer> {
  const seen: Seen[] = [];
  const hub: HubServer = {
    url: "",
    seen,
    misbehave: () => undefined,
    close: async () => {
      for (const server of [front, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };

  const serve = (
    classify: (url: string) => Asked | undefined,
    answer: (asked: Asked, response: ServerResponse, range: string | undefined) => void,
  ): Server =>
    createServer((request, response) => {
      const url = request.url ?? "";
      const asked = classify(url);
      if (asked === undefined) return void response.writeHead(404).end();
      const { headers } = request;
      seen.push({ asked, headers });
      const count = seen.filter((each) => each.asked.url === url).length;
      const odd = hub.misbehave(asked, count);
      if (odd !== undefined && "status" in odd)
        return void response.writeHead(odd.status, odd.headers).end(odd.body);
      if (odd !== undefined && "bytes" in odd) return void response.writeHead(200).end(odd.bytes);
      if (odd !== undefined && ("cutAfter" in odd || "stallAfter" in odd)) limit(response, odd);
      if (model.token !== undefined && asked.kind !== "bytes")
        if (headers.authorization !== `Bearer ${model.token}`)
          return void response.writeHead(401, { "x-error-code": "GatedRepo" }).end();
      answer(
        asked,
        response,
        odd !== undefined && "ignoreRange" in odd ? undefined : headers.range,
      );
    });

  const front = serve(
    (url) => {
      const path = url.split("?")[0]!;
      if (path.startsWith(`/api/models/${model.id}/revision/`)) return { kind: "info", url };
      if (path.startsWith(`/api/models/${model.id}/tree/`)) return { kind: "list", url };
      const file = path.match(/\/resolve\/[^/]+\/(.+)$/)?.[1];
      return file === undefined
        ? undefined
        : { kind: "resolve", url, file: decodeURIComponent(file) };
    },
    (asked, response, range) => {
      const address = new URL(asked.url, hub.url);
      const revision = decodeURIComponent(
        address.pathname.split(/\/(?:revision|tree|resolve)\//)[1]!.split("/")[0]!,
      );
      const commits = Object.values(model.revisions);
      const commit = model.revisions[revision] ?? commits.find((each) => each === revision);
      if (commit === undefined)
        return void response.writeHead(404, { "x-error-code": "RevisionNotFound" }).end();
      if (asked.kind === "info")
        return json(response, { _id: "1", id: model.id, sha: commit, lastModified: "2026-01-01" });
      if (asked.kind === "list") return listPage(response, address);
      const name = asked.file!;
      const bytes = model.files[name];
      if (bytes === undefined)
        return void response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
      const large = isLarge(name);
      const headers = {
        "x-repo-commit": commit,
        etag: `"${large ? sha256Of(bytes) : gitBlobOf(bytes)}"`,
        ...(large && { "x-linked-etag": `"${sha256Of(bytes)}"`, "x-linked-size": bytes.length }),
      };
      if (!large) return sendBytes(response, bytes, range, headers);
      const location = `${addressOf(store)}/objects/${encodeURIComponent(name)}`;
      response.writeHead(302, { ...headers, location }).end();
    },
  );

  const listPage = (response: ServerResponse, address: URL): void => {
    const entries = [
      { type: "directory", path: "onnx", size: 0, oid: "0".repeat(40) },
      ...Object.entries(model.files).map(([path, bytes]) => ({
        type: "file",
        path,
        size: bytes.length,
        oid: gitBlobOf(bytes),
        ...(isLarge(path) && {
          lfs: { oid: sha256Of(bytes), size: bytes.length, pointerSize: 134 },
        }),
      })),
      ...(model.alsoListed ?? []),
    ];
    const from = Number(address.searchParams.get("cursor") ?? 0);
    const next = new URL(address);
    next.searchParams.set("cursor", String(from + pageSize));
    if (from + pageSize < entries.length) response.setHeader("link", `<${next.href}>; rel="next"`);
    json(response, entries.slice(from, from + pageSize));
  };

  const store = serve(
    (url) => ({ kind: "bytes", url, file: decodeURIComponent(url.split("/").at(-1)!) }),
    (asked, response, range) => sendBytes(response, model.files[asked.file!]!, range, {}),
  );

  await Promise.all(
    [front, store].map(
      (server) => new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready)),
    ),
  );
  return Object.assign(hub, { url: addressOf(front) });
}

const addressOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function sendBytes(
  response: ServerResponse,
  bytes: Uint8Array,
  range: string | undefined,
  headers: Record<string, string | number>,
): void {
  const from = Number(range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
  if (range !== undefined && from >= bytes.length) return void response.writeHead(416).end();
  const body = bytes.subarray(from);
  const place =
    range === undefined
      ? {}
      : { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    ...place,
    "accept-ranges": "bytes",
    "content-length": body.length,
  });
  response.end(body);
}

/** Lets only the first bytes of a body through. */
function limit(
  response: ServerResponse,
  odd: { readonly cutAfter: number } | { readonly stallAfter: number },
): void {
  const cut = "cutAfter" in odd;
  const allowed = cut ? odd.cutAfter : odd.stallAfter;
  const end = response.end.bind(response);
  Object.assign(response, {
    end: (body?: Uint8Array): ServerResponse => {
      if (body === undefined) return end();
      if (allowed >= 0)
        response.write(body.subarray(0, allowed), () => {
          if (cut) setTimeout(() => response.destroy(), 20);
        });
      return response;
    },
  });
}
