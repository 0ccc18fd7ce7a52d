/**
 * The models that are at work, as many as their memory allows; who is not is sent for when it is needed.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { engineError } from "./engine.ts";
import type { ServedModel } from "./engine.ts";
import type { ModelFacts } from "./servable.ts";
import type { Host, OpenHost } from "./host.ts";

/** A model that can be brought to work. */
export interface Source extends ModelFacts {
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
  /** Brings models to work before they are asked, in their order, as many as fit. */
  warm(): Promise<void>;
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

/** The place of a model, whoever holds it at the moment. */
interface Post {
  readonly source: Source;
  state: ServedModel["state"];
  host: Promise<Host> | undefined;
  /** Whether its memory is taken: it is at work, or about to be. */
  seated: boolean;
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
  const posts = sources.map((source): Post => ({
    source,
    state: "idle",
    host: undefined,
    seated: false,
    used: 0,
  }));
  let uses = 0;
  let restarts = 0;
  /** Who waits for others to have nothing to do. */
  let waiting: (() => void)[] = [];
  /** One model at a time is brought to work, so that two never claim the same room. */
  let opening: Promise<unknown> = Promise.resolve();

  const leave = (post: Post, state: Post["state"]): void => {
    post.host = undefined;
    post.seated = false;
    post.state = state;
  };
  const sendHome = async (post: Post): Promise<void> => {
    const { host } = post;
    leave(post, "idle");
    await host?.then((open) => open.close()).catch(() => {});
  };
  /** Takes memory for one more: who was idle longest goes first. */
  const seat = async (post: Post): Promise<void> => {
    const seated = () => posts.filter((other) => other.seated);
    const needed = () =>
      seated().reduce((sum, { source }) => sum + source.bytes, post.source.bytes);
    while (needed() > memory) {
      const [idle] = seated()
        .filter(({ source }) => !busy(source))
        .toSorted((a, b) => a.used - b.used);
      if (idle) await sendHome(idle);
      else await new Promise<void>((resolve) => waiting.push(resolve));
    }
    post.seated = true;
  };
  const start = (post: Post): Promise<Host> => {
    if (post.state === "failed") restarts += 1;
    post.state = "starting";
    const host = opening.then(() => seat(post)).then(() => post.source.open());
    opening = host.catch(() => {});
    post.host = host;
    const lost = (): void => {
      if (post.host === host) leave(post, "failed");
    };
    host.then((open) => {
      if (post.host === host) post.state = "ready";
      void open.crashed.then(lost);
    }, lost);
    return host;
  };
  return {
    members: posts.map((post) => ({
      source: post.source,
      get state() {
        return post.state;
      },
      host() {
        post.used = ++uses;
        return post.host ?? start(post);
      },
    })),
    get restarts() {
      return restarts;
    },
    async warm() {
      let taken = 0;
      for (const post of posts) {
        if (taken + post.source.bytes > memory) continue;
        taken += post.source.bytes;
        await start(post);
      }
    },
    settle() {
      const all = waiting;
      waiting = [];
      for (const resolve of all) resolve();
    },
    async close() {
      await Promise.all(posts.map(sendHome));
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
