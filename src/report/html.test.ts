import { expect, test } from "vitest";
import { html, trusted } from "./html.ts";

test("values are text, whatever they hold, and markup only where it is markup", () => {
  const name = `<script>"&'\u0007`;
  expect(html`<b title="${name}">${name}</b>`.markup).toBe(
    '<b title="&lt;script&gt;&quot;&amp;&#39;\uFFFD">&lt;script&gt;&quot;&amp;&#39;\uFFFD</b>',
  );
  const items = ["가", "<"].map((item) => html`<i>${item}</i>`);
  expect(html`<p>${items}${undefined}${trusted("<hr>")}${7}</p>`.markup).toBe(
    "<p><i>가</i><i>&lt;</i><hr>7</p>",
  );
});
