/**
 * What a text has cost so far.
 *
 * @module
 */
import type { JSX } from "preact";
import type { TextView } from "../../src/report/text-view.ts";

/** Forward passes, tokens for each, seconds. */
export function Counters({
  view,
}: {
  readonly view: Pick<TextView, "passes" | "written" | "open" | "seconds">;
}): JSX.Element {
  const { passes = 0, written, open, seconds } = view;
  const facts = [
    ["passes", String(passes)],
    ["tokens", open > 0 ? `${written} of ${written + open}` : String(written)],
    ["tokens a pass", passes > 0 ? (written / passes).toFixed(1) : "–"],
    ["seconds", seconds.toFixed(2)],
  ];
  return (
    <dl class="counters">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
