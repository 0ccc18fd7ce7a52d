/**
 * The models of a static site: a list beside the page, and folders with it.
 *
 * @module
 */
import { UnmaskError } from "../../src/errors.ts";
import type { ModelFacts } from "../../src/serve/engine/servable.ts";
import type { Engine } from "./engine.ts";
import { tabEngine } from "./tab.ts";

/** A line of the list. */
export interface SiteModel extends ModelFacts {
  /** Relative to the list. */
  readonly folder: string;
}

/** Where the page says that its list is: `<meta name="unmask-models" content="models/index.json">`. */
export const modelList = (): string | undefined =>
  document.querySelector<HTMLMetaElement>('meta[name="unmask-models"]')?.content;

/** The engine of a page with this list. */
export function siteEngine(list: string): Engine {
  const address = new URL(list, document.baseURI);
  const open = async (): Promise<Engine> => {
    const models = await fetch(address)
      .then(async (response) => (await response.json()) as readonly SiteModel[])
      .catch(() => undefined);
    if (models === undefined)
      throw new UnmaskError(
        "unavailable",
        `the list of models can't be fetched from ${address.href}; load the page again`,
      );
    return tabEngine(
      models.map(({ folder, ...facts }) => ({ ...facts, from: new URL(folder, address).href })),
    );
  };
  let opened: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> =>
    (opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
  return {
    models: async () => (await engine()).models(),
    async *write(request, signal) {
      return yield* (await engine()).write(request, signal);
    },
  };
}
