import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the layer's entry reaches no module of Node", () => {
  const seen = new Set<string>();
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const source = readFileSync(url, "utf8");
    for (const [, name] of source.matchAll(/^(?:import|export|\}) [^;]*?from "([^"]+)"/gms)) {
      expect(name, url.href).not.toMatch(/^node:/);
      if (name!.startsWith(".")) visit(new URL(name!, url));
    }
  };
  visit(new URL("index.ts", import.meta.url));
  expect(seen.size).toBeGreaterThan(15);
});
