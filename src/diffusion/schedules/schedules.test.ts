/**
 * The conformance suite of schedules, over every member of the table; and agreement with MDLM's own
 * code where its golden values are at hand.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sigma } from "../schedule.ts";
import { createSchedule, scheduleNames, schedules } from "./index.ts";

const grid = Array.from({ length: 1000 }, (_, i) => (i + 1) / 1000);

describe.each([
  ...scheduleNames.map((name) => ({ name, options: {} })),
  { name: "polynomial", options: { power: 0.5 } },
  { name: "log-linear", options: { eps: 0 } },
])("schedule $name $options", ({ name, options }) => {
  const schedule = createSchedule(name, options);

  test("carries its name, and its documentation names it", () => {
    expect(schedule.name).toBe(name);
    expect(Object.entries(schedules).map(([key, { docs }]) => key === docs.name)).not.toContain(
      false,
    );
  });

  test("alpha falls strictly from about 1 to about 0", () => {
    expect(schedule.alpha(0)).toBeGreaterThan(1 - 1e-3);
    expect(schedule.alpha(0)).toBeLessThanOrEqual(1);
    expect(schedule.alpha(1)).toBeLessThan(2e-3);
    expect(schedule.alpha(1)).toBeGreaterThanOrEqual(0);
    grid.forEach((t) => expect(schedule.alpha(t)).toBeLessThan(schedule.alpha(t - 1e-3)));
  });

  test("alpha' agrees with central differences", () => {
    for (const t of grid.slice(1, -1)) {
      const h = 1e-5 * t;
      const slope = (schedule.alpha(t + h) - schedule.alpha(t - h)) / (2 * h);
      // alpha is a float64 near 1: its differences carry an error of 1e-16 / h.
      expect(Math.abs(schedule.alphaDerivative(t) - slope)).toBeLessThan(
        1e-6 * Math.abs(slope) + 2e-16 / h,
      );
    }
  });

  test("inverse undoes alpha, and is bounded to [0, 1]", () => {
    for (const t of grid) expect(schedule.inverse(schedule.alpha(t))).toBeCloseTo(t, 6);
    expect(schedule.inverse(1)).toBeCloseTo(0, 6);
    expect(schedule.inverse(0)).toBeGreaterThan(0.999);
  });

  test("weight is -alpha' / (1 - alpha), finite wherever training looks", () => {
    for (const t of grid) {
      const weight = schedule.weight(t);
      expect(Number.isFinite(weight)).toBe(true);
      const plain = -schedule.alphaDerivative(t) / (1 - schedule.alpha(t));
      expect(Math.abs(weight - plain)).toBeLessThan(1e-9 * plain + 1e-12);
    }
  });
});

test("the weight does not cancel where the plain formula does", () => {
  const t = 1e-9;
  // 1 - cos(x) is 0 in float64 here; the weight is 2 / t to many digits.
  expect(createSchedule("cosine").weight(t) * t).toBeCloseTo(2, 12);
  expect(createSchedule("cosine-squared").weight(t) * t).toBeCloseTo(2, 12);
});

test("impossible options are refused", () => {
  expect(() => createSchedule("linear", { sigmaMin: 3, sigmaMax: 2 })).toThrow(
    "less than sigmaMax",
  );
  expect(() => createSchedule("log-linear", { eps: -1 })).toThrow("eps must be a number >= 0");
});

const golden = new URL("../../../../shared/golden/mdlm/", import.meta.url);

if (existsSync(golden))
  describe("MDLM's own code", () => {
    interface Loss {
      readonly name: string;
      readonly t: readonly number[];
      readonly sigma: readonly number[];
      readonly dsigma: readonly number[];
      readonly move_chance: readonly number[];
    }
    const cases: readonly [string, string, Readonly<Record<string, number>>][] = [
      ["log-linear", "subs_T0_loglinear", {}],
      ["linear", "subs_T0_linear", { sigmaMin: 1e-4, sigmaMax: 8 }],
      ["geometric", "subs_T0_geometric", {}],
      ["cosine", "subs_T0_cosine", {}],
      ["cosine-squared", "subs_T0_cosinesqr", {}],
    ];

    test.each(cases)("%s: sigma, its rate, and the masking rate", (name, key, options) => {
      const schedule = createSchedule(name, options);
      const loss = readLosses().find((candidate) => candidate.name === key)!;
      loss.t.forEach((t, i) => {
        // The stored numbers are float32, and MDLM's cosine-squared loses digits near t = 1.
        const close = (ours: number, theirs: number): void =>
          expect(Math.abs(ours / theirs - 1)).toBeLessThan(name === "cosine-squared" ? 2e-4 : 1e-5);
        close(sigma(schedule, t), loss.sigma[i]!);
        close(-schedule.alphaDerivative(t) / schedule.alpha(t), loss.dsigma[i]!);
        close(1 - schedule.alpha(t), loss.move_chance[i]!);
      });
    });

    test.each(cases)(
      "%s: per-token losses are weights times the same cross entropy",
      (name, key, options) => {
        // Same network, same canvas: losses of two schedules differ by the ratio of the weights only.
        const schedule = createSchedule(name, options);
        const reference = createSchedule("log-linear");
        const { t } = readLosses()[0]!;
        const losses = readFloat64(`loss.${key}.per_token.f64`);
        const base = readFloat64("loss.subs_T0_loglinear.per_token.f64");
        let masked = 0;
        losses.forEach((loss, i) => {
          const time = t[Math.floor(i / (losses.length / t.length))]!;
          const crossEntropy = base[i]! / reference.weight(time);
          if (crossEntropy !== 0) masked += 1;
          expect(Math.abs(loss - schedule.weight(time) * crossEntropy)).toBeLessThanOrEqual(
            1e-9 * Math.abs(loss),
          );
        });
        expect(masked).toBeGreaterThan(10);
      },
    );

    function readLosses(): readonly Loss[] {
      const text = readFileSync(new URL("goldens.json", golden), "utf8");
      return (JSON.parse(text) as { losses: Loss[] }).losses;
    }

    function readFloat64(name: string): Float64Array {
      const bytes = readFileSync(new URL("arrays.safetensors", golden));
      const headerSize = Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerSize)) as Record<
        string,
        { data_offsets: [number, number] }
      >;
      const [start, end] = header[name]!.data_offsets;
      return new Float64Array(
        new Uint8Array(bytes.subarray(8 + headerSize + start, 8 + headerSize + end)).buffer,
      );
    }
  });
