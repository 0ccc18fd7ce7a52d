import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, formatNumber } from "./number-format.ts";
import { progress, renderProgress } from "./progress.ts";
import { renderTable } from "./table.ts";
import { printable, styleOf, terminalOf } from "./terminal.ts";
import type { OutputStream } from "./terminal.ts";
import { pad, truncate, widthOf, wrap } from "./wrap.ts";

function recorder(isTTY: boolean, columns = 60): OutputStream & { text: string } {
  const stream = {
    text: "",
    isTTY,
    columns,
    write: (text: string) => (stream.text += text),
  };
  return stream;
}

describe("what a terminal can do", () => {
  const tty = { isTTY: true, columns: 100, write: () => true };
  const pipe = { write: () => true };

  it.each([
    [tty, { TERM: "xterm-256color" }, { isTTY: true, ansi: true, colour: 2 }],
    [tty, { COLORTERM: "truecolor" }, { ansi: true, colour: 3 }],
    [tty, { NO_COLOR: "1", TERM: "xterm" }, { isTTY: true, ansi: true, colour: 0 }],
    [tty, { NO_COLOR: "", TERM: "xterm" }, { colour: 1 }],
    [tty, { TERM: "dumb" }, { isTTY: false, ansi: false, colour: 0 }],
    [pipe, { TERM: "xterm-256color" }, { isTTY: false, ansi: false, colour: 0, columns: 80 }],
    [pipe, { FORCE_COLOR: "2", NO_COLOR: "1" }, { isTTY: false, ansi: true, colour: 2 }],
    [tty, { FORCE_COLOR: "0" }, { ansi: true, colour: 0 }],
    [tty, { LANG: "ko_KR.EUC-KR" }, { unicode: false, columns: 100 }],
    [tty, { LANG: "C", LC_ALL: "de_DE.UTF-8" }, { unicode: true }],
  ])("%# %j", (stream, env, expected) => {
    expect(terminalOf(stream, env)).toMatchObject(expected);
  });

  it("styles without colour, and not at all without ANSI", () => {
    const plain = styleOf({ ansi: false, colour: 0 });
    expect(plain.bold("a") + plain.shade("b", 0)).toBe("ab");
    const styled = styleOf({ ansi: true, colour: 0 });
    expect(styled.underline("a")).toBe("\u001B[4ma\u001B[24m");
    expect(styled.shade("late", 1)).toBe("late");
  });

  it("shows control characters instead of obeying them", () => {
    expect(printable("a\u001B[2Jb\u0007\nc\td\u009B")).toBe("a␛[2Jb␇\nc\td\uFFFD");
  });
});

describe("wrapping", () => {
  it("measures wide characters and never splits them", () => {
    expect(wrap("가나다라 ab", 5)).toEqual(["가나", "다라", "ab"]);
    expect(wrap("the cat sat on", 7)).toEqual(["the cat", "sat on"]);
    expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
    expect(wrap("가나", 1)).toEqual(["가", "나"]);
    expect(wrap("a\n\nb", 10)).toEqual(["a", "", "b"]);
    expect(truncate("가나다라", 6)).toBe("가나…");
    expect(truncate("ab", 0)).toBe("");
    expect(pad("가", 4) + pad("1", 3, "right")).toBe("가    1");
  });

  it.each([2, 3, 5, 8, 13])("fits %i columns", (columns) => {
    const text = "Once 옛날 옛적에 upon a 👩‍👩‍👧 time, e\u0301tait 那天 loooooooooong\nword.";
    const lines = wrap(text, columns);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const bare = (some: string) => some.replace(/\s/g, "");
    expect(bare(lines.join(""))).toBe(bare(text));
  });
});

describe("progress", () => {
  it("is not drawn where there is no terminal, but for a line now and then if asked", () => {
    const stream = recorder(false);
    let time = 0;
    const bar = progress(terminalOf(stream, {}), {
      label: "train",
      total: 100,
      plainEvery: 10,
      now: () => time,
    });
    for (let step = 0; step <= 100; step++) {
      time += 250;
      bar.update(step, { loss: "2.5" });
    }
    bar.finish();
    expect(stream.text.split("\n").length - 1).toBe(2);
    expect(stream.text).not.toContain("\u001B");
    expect(stream.text).toMatch(/^train  39%  16s left  loss 2.5  39\/100\n/);
  });

  it("is drawn at most ten times a second, and leaves nothing behind", () => {
    const stream = recorder(true);
    let time = 0;
    const bar = progress(terminalOf(stream, {}), { label: "train", total: 1000, now: () => time });
    for (let step = 0; step < 1000; step++) {
      time += 1;
      bar.update(step);
    }
    expect(stream.text.split("\r").length - 1).toBe(10);
    bar.finish();
    expect(stream.text.endsWith("\u001B[2K\r")).toBe(true);
  });

  it("stays below what is written meanwhile", () => {
    const stream = recorder(true);
    const terminal = terminalOf(stream, {});
    terminal.status("bar");
    stream.text = "";
    terminal.write("a note\n");
    expect(stream.text).toBe("\u001B[2K\ra note\nbar");
  });

  it.each([1, 5, 10, 20, 40, 80, 200])("fits %i columns", (columns) => {
    const state = {
      label: "train",
      done: 310,
      total: 1000,
      seconds: 60,
      fields: { loss: "2.31", speed: "41.2k tokens/s" },
    };
    const line = renderProgress(state, columns, true);
    expect(widthOf(line)).toBeLessThan(columns);
    if (columns >= 80) expect(line).toMatch(/^train {2}█+░+ {2}31% {2}2m14s left {2}loss 2.31/);
  });
});

it("formats numbers", () => {
  const counts = [0, 950, 12_345, 999_949, 999_960, 1_200_000, -12_345].map(formatCount);
  expect(counts).toEqual(["0", "950", "12.3k", "999.9k", "1.0M", "1.2M", "-12.3k"]);
  expect([999, 45_100_000].map(formatBytes)).toEqual(["999 B", "45.1 MB"]);
  const durations = [0.012, 4.26, 59.6, 200, 3599.7, 9000, 100_000, Infinity].map(formatDuration);
  expect(durations).toEqual(["12ms", "4.3s", "1m00s", "3m20s", "1h00m", "2h30m", "1d04h", "?"]);
  expect([1.5, 3, 0.001234, 12.3456, 1e-7, 1234567.8].map(formatNumber)).toEqual([
    "1.500",
    "3",
    "0.001234",
    "12.35",
    "1.00e-7",
    "1.23e+6",
  ]);
});

it("aligns tables", () => {
  expect(
    renderTable(
      ["모델", "bits", "size"],
      [
        ["mdlm", 1.52, "1.2M"],
        ["한국어 모델", undefined, "850k"],
      ],
    ),
  ).toEqual([
    "모델          bits  size",
    "-----------  -----  ----",
    "mdlm         1.520  1.2M",
    "한국어 모델      -  850k",
  ]);
});
