/**
 * Regular expressions out of foreign files, some of which would run for ever.
 *
 * JavaScript finds a match by trying: `(a+)+b` tries all ways to cut a run of a's into pieces, twice as
 * many for each a more. That takes the repetition of something that may be matched in more than one way.
 * Published tokenizers repeat characters, classes, and groups of one form only, such as `(?:\p{N}{3})*`;
 * or groups that begin with a character of their own, which says where each begins: `(?:'\p{L}+)*`. So a
 * group with a choice or a repetition inside may be repeated in this last form only.
 *
 * Repetitions behind one another, `a*a*a*b`, are let through: they take a power of the text's length.
 *
 * @module
 */

/** The longest in use have some hundred characters. */
const longestPattern = 16_384;
/** How often a group with a choice inside may be repeated. */
const mostRepeats = 3;

// What a pattern is made of. In the unicode modes, a class ends at the first bracket.
const part =
  /(?<open>\((?:\?(?:<?[=!]|[a-z-]*:|<\w+>))?)|(?<close>\))|(?<choice>\|)|(?<times>[*+?]|\{(?<least>\d+)(?<comma>,?)(?<most>\d*)\})\??|(?<atom>\\(?:[pPu]\{[^}]*\}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|[\s\S])/gu;

/** A group that is open, or the whole. */
interface Open {
  /** Where its content begins. */
  readonly start: number;
  choices: number;
  /** Parts that may be there more or less often. */
  loose: number;
}

/** What is wrong with an expression, in words; undefined if it may be run. */
export function patternFault({ source }: RegExp): string | undefined {
  if (source.length > longestPattern)
    return `its regular expressions may have ${longestPattern} characters, got ${source.length}`;
  const open: Open[] = [{ start: 0, choices: 0, loose: 0 }];
  /** The group that has just been closed, and its content. */
  let before: (Open & { readonly content: string }) | undefined;
  for (const { 0: text, index, groups = {} } of source.matchAll(part)) {
    const last = before;
    before = undefined;
    const inner = open.at(-1)!;
    if (groups["open"] !== undefined)
      open.push({ start: index + text.length, choices: 0, loose: 0 });
    else if (groups["choice"] !== undefined) inner.choices += 1;
    else if (groups["close"] !== undefined) {
      const outer = open.at(-2)!;
      outer.choices += inner.choices;
      outer.loose += inner.loose;
      before = { ...inner, content: source.slice(inner.start, index) };
      open.pop();
    } else if (groups["times"] !== undefined) {
      const [least, most] = timesOf(groups);
      if (last && most > mostRepeats && last.choices + last.loose > 0 && !beginsApart(last))
        return "its regular expressions must not repeat a group with a choice or a repetition inside, which may take for ever";
      if (least !== most) inner.loose += 1;
    }
  }
  return undefined;
}

/** How often something is matched, at least and at most. */
function timesOf({
  times,
  least,
  comma,
  most,
}: Readonly<Record<string, string | undefined>>): readonly [number, number] {
  if (times === "?") return [0, 1];
  if (times === "*") return [0, Infinity];
  if (times === "+") return [1, Infinity];
  const from = Number(least);
  return [from, comma === "" ? from : most === "" ? Infinity : Number(most)];
}

/** Whether a group has one repetition, behind a character that nothing else in it matches. */
function beginsApart({ choices, loose, content }: Open & { readonly content: string }): boolean {
  if (choices > 0 || loose > 1) return false;
  const [first, second, ...more] = Array.from(content.matchAll(part), ({ groups = {} }) => groups);
  if (first?.["atom"] === undefined || second?.["times"] !== undefined) return false;
  const others = [second, ...more].flatMap((groups) => groups?.["atom"] ?? []);
  try {
    const [begins, ...matches] = [first["atom"], ...others].map(
      (atom) => new RegExp(`^(?:${atom})$`, "u"),
    );
    const beginnings = characters().filter((character) => begins!.test(character));
    return (
      beginnings.length > 0 &&
      beginnings.every((character) => !matches.some((expression) => expression.test(character)))
    );
  } catch {
    // A part that means nothing alone, such as a reference to a group.
    return false;
  }
}

/** All of the first plane, which is where tokenizers' own characters lie. */
const characters = (): string[] =>
  Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
