/**
 * The look of a comparison's page: light and dark, screen and paper, wide and narrow. No fonts are loaded.
 *
 * @module
 */

/** Colours of the series have a contrast of 3 or more against their background, and of 3 in grey to the text. */
export const palette = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --card: #ffffff; --ink: #1c1d21; --ink-soft: #55585f;
  --line: #e6e6e3; --line-strong: #b9bbb8; --link: #1f5fa8;
  --good: #17694a; --good-soft: #e3f3ec; --bad: #9c3416; --bad-soft: #fbe9e2; --calm-soft: #eeeeec;
  --series-0: #1f5fa8; --series-1: #b8500c; --series-2: #17795a;
  --series-3: #7a4aa0; --series-4: #8a6d00; --series-5: #a83268;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15161a; --card: #1c1e23; --ink: #ececea; --ink-soft: #a9acb3;
    --line: #2e3138; --line-strong: #565a63; --link: #8bbcf5;
    --good: #7ad7ad; --good-soft: #16342a; --bad: #ffab8a; --bad-soft: #3d2119; --calm-soft: #2a2c32;
    --series-0: #7ab4f5; --series-1: #ffa35e; --series-2: #5fd0a5;
    --series-3: #c9a2f0; --series-4: #dcc04a; --series-5: #f391bb;
  }
}
`;

export const style = `${palette}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans KR", "Noto Sans CJK KR",
    "Apple SD Gothic Neo", "Malgun Gothic", sans-serif;
  word-break: keep-all; overflow-wrap: anywhere;
}
main, header { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .25rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; max-width: 68ch; }
a { color: var(--link); }
section { margin: 3rem 0; }
.soft { color: var(--ink-soft); font-size: .92rem; }
.verdict { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin: 1.25rem 0; }
.verdict h3 { margin-top: 0; }
.verdict ul { list-style: none; margin: .75rem 0 0; padding: 0; }
.verdict li { display: grid; grid-template-columns: 11.5rem 1fr; gap: .15rem 1rem; padding: .6rem 0; border-top: 1px solid var(--line); }
.verdict li p { margin: .1rem 0 0; max-width: 76ch; }
.mark { display: inline-block; justify-self: start; align-self: start; border-radius: 999px; padding: .08rem .65rem; font-size: .86rem; font-weight: 600; white-space: nowrap; background: var(--calm-soft); color: var(--ink); }
.mark.better { background: var(--good-soft); color: var(--good); }
.mark.worse { background: var(--bad-soft); color: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; margin: .75rem 0; padding: 0; list-style: none; font-size: .92rem; }
.legend svg, .names svg { vertical-align: -2px; margin-right: .45rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 344px), 1fr)); gap: 1rem; margin: .75rem 0 1rem; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem .9rem; break-inside: avoid; }
figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .4rem; }
figure svg { display: block; width: 100%; max-width: 372px; height: auto; }
.scroll { overflow-x: auto; margin: .5rem 0; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .38rem .85rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; word-break: normal; overflow-wrap: normal; }
th { text-align: left; font-weight: 600; }
td.number, th.number { text-align: right; }
td.number { white-space: nowrap; }
.error { color: var(--ink-soft); }
.count { color: var(--ink-soft); font-size: .82rem; display: block; }
.names { white-space: nowrap; }
details { margin: .75rem 0; }
summary { cursor: pointer; color: var(--link); }
pre { background: var(--calm-soft); border-radius: 8px; padding: .75rem .9rem; overflow-x: auto; font: .82rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; }
footer { color: var(--ink-soft); font-size: .88rem; border-top: 1px solid var(--line); padding: 1rem 0 3rem; }
@media (max-width: 40rem) {
  header { padding-top: 1.5rem; }
  section { margin: 2.25rem 0; }
  .verdict { padding: .9rem 1rem; }
  .verdict li { grid-template-columns: 1fr; }
}
@media print {
  :root {
    --paper: #fff; --card: #fff; --ink: #000; --ink-soft: #444; --line: #ddd; --line-strong: #999; --link: #000;
    --good: #17694a; --good-soft: #fff; --bad: #9c3416; --bad-soft: #fff; --calm-soft: #fff;
    --series-0: #1f5fa8; --series-1: #b8500c; --series-2: #17795a;
    --series-3: #7a4aa0; --series-4: #8a6d00; --series-5: #a83268;
  }
  body { font-size: 10.5pt; }
  .mark { border: 1px solid currentColor; }
  .verdict li, tr { break-inside: avoid-page; }
  h2, h3, figcaption { break-after: avoid-page; }
  .scroll { overflow: visible; }
  table { font-size: 8.5pt; }
  th, td { padding-right: .6rem; }
  .charts { grid-template-columns: repeat(2, 1fr); }
  details::details-content { content-visibility: visible; block-size: auto; }
  pre { border: 1px solid var(--line); }
}
`;
