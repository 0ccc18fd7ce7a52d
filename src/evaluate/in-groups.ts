/**
 * Work on several things at once, but not on all of them.
 *
 * @module
 */

/** The results of `work` on all things, in their order; `size` of them are worked on at a time. */
export async function inGroups<Thing, Result>(
  things: readonly Thing[],
  size: number,
  work: (thing: Thing, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < things.length; start += size) {
    const group = things.slice(start, start + size);
    results.push(...(await Promise.all(group.map((thing, i) => work(thing, start + i)))));
  }
  return results;
}
