/**
 * Imports go down only, and what a browser loads needs no Node.
 *
 * The linter forbids the same while you type (.oxlintrc.json); this test reads the imports itself,
 * and follows them from every entry of the package.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** Lowest first. A layer is a folder, or a file, of src/. */
const layers = [
  ["shown", "errors", "variant"],
  ["tensor"],
  ["text"],
  ["nn"],
  ["optim"],
  ["diffusion"],
  ["model"],
  ["objective"],
  ["sample"],
  ["system"],
  ["checkpoint"],
  ["generate"],
  ["train"],
  ["evaluate"],
  ["report"],
  ["remote"],
  ["serve"],
  ["cli"],
  // Entries of the package, which only hand on what lies below, and test doubles.
  ["index", "node", "web", "testing"],
];
const layerOf = (file: string): number => {
  const name = file.split("/")[0]!.replace(/\.ts$/, "");
  return layers.findIndex((names) => names.includes(name));
};

interface Import {
  /** A file of src/, or the name of a module. */
  readonly to: string;
  readonly local: boolean;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .toSorted();
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** Statements begin their lines, as the formatter leaves them; comments begin with a star. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), "utf8").replace(/^ *(\*|\/[/*]).*$/gm, "");
  const statements = text.matchAll(/^(?:import|export)( type)?\b[^"';=]*\bfrom "([^"]+)"/gm);
  const effects = text.matchAll(/^import "([^"]+)"/gm);
  const later = text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g);
  const found = [
    ...Array.from(statements, ([, type, name]) => ({ name: name!, typeOnly: type !== undefined })),
    ...Array.from([...effects, ...later], ([, name]) => ({ name: name!, typeOnly: false })),
  ];
  return found.map(({ name, typeOnly }) => {
    const local = name.startsWith(".");
    const path = relative(source, join(source, dirname(file), name));
    return { to: local ? path.split(sep).join("/") : name, local, typeOnly };
  });
}

describe("layers", () => {
  test("every file belongs to one, and every import is found", () => {
    expect(files.filter((file) => layerOf(file) === -1)).toEqual([]);
    for (const [file, found] of imports) {
      for (const { to, local } of found)
        if (local) expect(files, `${file} imports ${to}`).toContain(to);
    }
    // What a plainer search finds, so that no import escapes the one above.
    const plain = (file: string): number =>
      readFileSync(join(source, file), "utf8").match(/^(import\b(?!\().*|\} )from "/gm)?.length ??
      0;
    const isStatement = (file: string): number => imports.get(file)!.length;
    expect(files.filter((file) => isStatement(file) < plain(file))).toEqual([]);
  });

  test("imports go down only", () => {
    const up = [...imports].flatMap(([file, found]) =>
      found
        .filter(({ to, local }) => local && layerOf(to) > layerOf(file))
        .map(({ to }) => `${file} -> ${to}`),
    );
    expect(up).toEqual([]);
  });
});

/** Every module that an entry loads, now or later, with the way to it. */
function reached(entry: string): Map<string, string> {
  const ways = new Map([[entry, entry]]);
  const queue = [entry];
  for (const file of queue) {
    for (const { to, local, typeOnly } of imports.get(file)!) {
      if (typeOnly || ways.has(to)) continue;
      ways.set(to, `${ways.get(file)!} -> ${to}`);
      if (local) queue.push(to);
    }
  }
  return ways;
}

const packagesOf = (modules: Iterable<string>): string[] => {
  const names = [...modules].filter((to) => !to.endsWith(".ts") && !to.startsWith("node:"));
  return [...new Set(names.map((name) => name.match(/^(@[^/]+\/)?[^/]+/)![0]))].toSorted();
};

describe("what a browser loads", () => {
  const tensorPackages = ["protobufjs"];
  const packages: Readonly<Record<string, readonly string[]>> = {
    "tensor/index.ts": tensorPackages,
    "testing.ts": [],
    "index.ts": ["@huggingface/jinja", "@huggingface/tokenizers", ...tensorPackages, "zod"],
    "web.ts": ["@huggingface/tokenizers", "onnxruntime-web", ...tensorPackages, "zod"],
    // What the playground shares with the server.
    "cli/command-line.ts": [],
    "train/planned-run.ts": [...tensorPackages, "zod"],
    "train/windows.ts": ["@huggingface/tokenizers", "zod"],
    "serve/engine/create-engine.ts": [],
    "serve/engine/host-behind.ts": [],
    "serve/engine/work.ts": [],
    "serve/engine/servable.ts": [
      "@huggingface/jinja",
      "@huggingface/tokenizers",
      ...tensorPackages,
      "zod",
    ],
  };
  test.each(Object.entries(packages))("%s needs no Node", (entry, allowed) => {
    const ways = reached(entry);
    const node = [...ways].filter(([to]) => to.startsWith("node:"));
    expect(node.map(([, way]) => way)).toEqual([]);
    expect(packagesOf(ways.keys())).toEqual(allowed);
  });
});
