/**
 * The models that are at work, as many as their memory allows; who is not is sent for when it is needed.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { engineError } from "./engine.ts";
import type { ServedModel } from "./engine.ts";
import type { Host, OpenHost } from "./host.ts";

/** A model that can be brought to work. */
export interface Source extends Pick<
  ServedModel,
  "id" | "created" | "system" | "infills" | "chats" | "length" | "vocabulary"
> {
  /** Bytes of its weights in memory. */
  readonly bytes: number;
  readonly open: OpenHost;
}

/** A source, and how it fares. */
export interface Member {
  readonly source: Source;
  readonly state: ServedModel["state"];
  /** Its host, started where it isn't at work. */
  host(): Promise<Host>;
}

export interface Staff {
  readonly members: readonly Member[];
  /** How often a model was started again after it had ended by itself. */
  readonly restarts: number;
  /** To be called when a model has less to do than before: another one may get its room. */
  settle(): void;
  close(): Promise<void>;
}

export interface StaffOptions {
  readonly sources: readonly Source[];
  /** Bytes that the weights of all models at work may take together. */
  readonly memory: number;
  /** Whether a model has something to do. */
  readonly busy: (source: Source) => boolean;
}

interface Record {
  readonly source: Source;
  state: ServedModel["state"];
  host: Promise<Host> | undefined;
  /** Rises with every use. */
  used: number;
}

/**
 * Nobody is at work yet.
 *
 * @throws UnmaskError "usage" for a model that doesn't fit by itself
 */
export function createStaff({ sources, memory, busy }: StaffOptions): Staff {
  for (const { id, bytes } of sources) if (bytes > memory) throw tooLarge(id, bytes, memory);
  const records = sources.map((source): Record => ({
    source,
    state: "idle",
    host: undefined,
    used: 0,
  }));
  let uses = 0;
  let restarts = 0;
  let settled: (() => void)[] = [];
  /** One model at a time is brought to work, so that two never claim the same room. */
  let opening: Promise<unknown> = Promise.resolve();

  const inUse = (): number =>
    records.reduce((sum, { host, source }) => sum + (host ? source.bytes : 0), 0);

  const sendHome = async (record: Record): Promise<void> => {
    const { host } = record;
    record.host = undefined;
    record.state = "idle";
    await host?.then((open) => open.close()).catch(() => {});
  };
  /** Until all that are at work fit: the one that was idle longest goes first. */
  const makeRoom = async (): Promise<void> => {
    while (inUse() > memory) {
      const [idle] = records
        .filter(({ host, source }) => host && !busy(source))
        .toSorted((a, b) => a.used - b.used);
      if (idle) await sendHome(idle);
      else await new Promise<void>((resolve) => settled.push(resolve));
    }
  };
  const start = (record: Record): Promise<Host> => {
    if (record.state === "failed") restarts += 1;
    record.state = "starting";
    const host = opening.then(makeRoom).then(() => record.source.open());
    opening = host.catch(() => {});
    record.host = host;
    const lost = (): void => {
      if (record.host !== host) return;
      record.host = undefined;
      record.state = "failed";
    };
    host.then((open) => {
      if (record.host === host) record.state = "ready";
      void open.crashed.then(lost);
    }, lost);
    return host;
  };
  return {
    members: records.map((record) => ({
      source: record.source,
      get state() {
        return record.state;
      },
      host() {
        record.used = ++uses;
        return record.host ?? start(record);
      },
    })),
    get restarts() {
      return restarts;
    },
    settle() {
      const waiting = settled;
      settled = [];
      for (const resolve of waiting) resolve();
    },
    async close() {
      await Promise.all(records.map(sendHome));
    },
  };
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

const tooLarge = (id: string, bytes: number, memory: number): UnmaskError =>
  new UnmaskError(
    "usage",
    `serve: model ${id} needs ${gigabytes(bytes)} for its weights, but all models may take ${gigabytes(memory)} together; raise --memory`,
  );

/** What a task of a model that ended by itself is told. */
export const crashed = (id: string, reason: Error): Error =>
  engineError("crashed", `model ${id} ended while it wrote (${reason.message}); try again`);
