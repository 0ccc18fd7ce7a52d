/**
 * The engine of this page: the server that it comes from, or the models of a static site; and what was trained here.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { serverEngine } from "./server.ts";
import { modelList, siteEngine } from "./site.ts";
import { tabEngine } from "./tab.ts";
import type { TabEngine, TabModel } from "./tab.ts";

/** An engine that models may join. */
export interface PageEngine extends Engine {
  /** One of the same name makes room. */
  add(model: TabModel): void;
}

/** The models of an engine, and those that join it in the tab. */
function growing(home: Engine): PageEngine {
  const joined = new Map<string, { readonly model: TabModel; readonly engine: TabEngine }>();
  return {
    async models() {
      const own = [...joined.values()].map(({ model }) => model);
      // What is in the tab can be used whatever has become of the server.
      const found = await home.models().catch((error: unknown) => {
        if (own.length === 0) throw error;
        return [];
      });
      return [...own, ...found.filter(({ id }) => !joined.has(id))];
    },
    write: (request, signal) => (joined.get(request.model)?.engine ?? home).write(request, signal),
    add(model) {
      joined.get(model.id)?.engine.close();
      joined.set(model.id, { model, engine: tabEngine([model]) });
    },
  };
}

/** The engine of this page. */
export function pageEngine(): PageEngine {
  const list = modelList();
  return growing(list === undefined ? serverEngine : siteEngine(list));
}
