/**
 * Who may come in: API keys, and pages of other sites.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { refused } from "./failure.ts";
import type { KeyRing } from "./keys.ts";
import type { ServerEnv } from "./record.ts";

/** Lets only requests in that bring a key: `authorization: Bearer KEY`. */
export function withKey(keys: KeyRing): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const given = /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const found = given === undefined ? undefined : keys.find(given);
    if (found === undefined)
      throw refused(
        401,
        given === undefined
          ? "an API key is needed; send it as authorization: Bearer KEY"
          : "this API key is not one of this server's",
        { code: "invalid_api_key", headers: { "www-authenticate": "Bearer" } },
      );
    c.get("notes").key = found;
    await next();
  };
}

/** Whether only this machine reaches an address. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);

/**
 * Refuses what reaches a server of this machine under another name. A page can have its own name resolve
 * to 127.0.0.1 and then count as the same site (DNS rebinding); it can't change the name.
 */
export const sameMachine: MiddlewareHandler<ServerEnv> = async (c, next) => {
  const { hostname } = new URL(c.req.url);
  if (!isLoopback(hostname))
    throw refused(
      403,
      `host: this server answers to localhost only, got "${hostname.slice(0, 100)}"; behind a proxy, start it with --api-key-file or --no-auth`,
      { code: "forbidden_host" },
    );
  await next();
};
