/** The shapes that the training benchmarks run, and our step for one of them. */
import { transformerConfig } from "../../dist/model/sizes.js";
import { tokenLesson } from "../../dist/objective/lesson.js";
import { systemOf } from "../../dist/system/index.js";

export const shapes = {
  nano: { layers: 2, heads: 4, width: 64, batch: 16, length: 64, vocabulary: 512 },
  micro: { layers: 5, heads: 4, width: 128, batch: 16, length: 128, vocabulary: 512 },
  mini: { layers: 6, heads: 8, width: 256, batch: 8, length: 256, vocabulary: 512 },
  small: { layers: 8, heads: 8, width: 512, batch: 4, length: 256, vocabulary: 512 },
};

/** Masked diffusion with clipping and AdamW, no moving average, as the peer does it. */
export function stepOptions({ layers, heads, width, batch, length, vocabulary }) {
  const kind = systemOf("mdlm");
  const states = { size: vocabulary, maskId: vocabulary - 1, endId: vocabulary - 2 };
  const config = transformerConfig(
    { layers, heads, width },
    { vocabulary, attention: kind.attention },
  );
  return {
    lesson: tokenLesson(config, kind.create(states).objective),
    vocabulary,
    batch,
    length,
    optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 },
    clip: 1,
    ema: 0,
    dropout: 0,
    accumulate: 1,
  };
}

/** Windows of tokens that repeat: the work is the same for any. */
export const windowsOf = ({ batch, length, vocabulary }) => ({
  x0: Int32Array.from({ length: batch * length }, (_, i) => (i * 7 + 3) % (vocabulary - 2)),
  batch,
  length,
});
