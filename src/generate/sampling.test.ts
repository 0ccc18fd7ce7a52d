import { expect, test } from "vitest";
import { systemOf } from "../system/index.ts";
import { recorded, uniformDenoiser } from "../testing/denoisers.ts";
import { samplingOptions } from "./sampling.ts";

const maskId = 5;
const text = { seed: 1, index: 0, canvas: Int32Array.of(3, maskId) };

test("guidance asks about the canvas without its given text", async () => {
  const inner = recorded(uniformDenoiser({ vocabulary: 6 }));
  const model = { kind: systemOf("mdlm"), denoiser: () => inner, approximate: false };
  const request = { canvas: text.canvas, places: Int32Array.of(1), time: 1 };
  const asked = async (guidance: number): Promise<number[][]> => {
    const before = inner.requests.length;
    await samplingOptions(model, { guidance }, text).denoiser.predict(request);
    return inner.requests.slice(before).map(({ canvas }) => [...canvas]);
  };
  expect(await asked(0)).toEqual([[3, maskId]]);
  expect(await asked(2)).toEqual([
    [3, maskId],
    [maskId, maskId],
  ]);
  const nothing = { ...text, canvas: Int32Array.of(maskId) };
  expect(() => samplingOptions(model, { guidance: 1 }, nothing)).toThrow(
    "guidance: needs given text that is to count for more, got none",
  );
});

test("guidance of a model that never read masks is refused", () => {
  const denoiser = () => uniformDenoiser({ vocabulary: 6 });
  const model = { kind: systemOf("autoregressive"), denoiser, approximate: false };
  expect(() => samplingOptions(model, { guidance: 1 }, text)).toThrow(
    "guidance: needs a model that can read masks in place of the given text, got the system autoregressive",
  );
});
