/**
 * `npm run bench -- NAME [OPTIONS]`: runs a benchmark. Without a name, lists them.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "peers")
  .map((entry) => entry.name);
const [name, ...options] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [OPTIONS]; NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const { main } = await import(`./${name}/main.mjs`);
await main(options);
