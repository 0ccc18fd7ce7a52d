/** Settings of a run that is over in seconds, for the conformance suites of systems. */
export const tinySettings = (data: string, saveEvery: number) => ({
  data,
  batch: 4,
  accumulate: 1,
  seed: 3,
  learningRate: { schedule: "constant", peak: 3e-3, floor: 3e-3, warmup: 1 } as const,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
  ema: 0.9,
  dropout: 0.1,
  evalEvery: 2,
  saveEvery,
  evalWindows: 4,
  command: "",
});
