/**
 * The same training steps on every runtime of this machine: same losses as in double precision.
 */
import { describe, expect, test } from "vitest";
import { referenceRuntime } from "unmask/tensor";
import { nodeRuntimes } from "./support/node-runtimes.ts";
import { relativeError } from "./support/op-cases.ts";
import { trainNano } from "./support/training-case.ts";

const { runtimes, found } = await nodeRuntimes();

describe.each([1, 2])("%d batch(es) a step", (accumulate) => {
  const want = trainNano(referenceRuntime(), { steps: 4, accumulate });

  test.each(runtimes)(`%s trains as the reference does (here: ${found})`, async (_, runtime) => {
    const got = await trainNano(runtime, { steps: 4, accumulate });
    const { figures, magnitudes } = await want;
    expect(relativeError(got.figures, figures)).toBeLessThan(1e-4);
    expect(relativeError(got.magnitudes, magnitudes)).toBeLessThan(1e-4);
  });
});
