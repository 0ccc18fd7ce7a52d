/**
 * SEDD (`louaaron/sedd-small`, `sedd-medium`): the DiT whose configuration is the Hydra dictionary of
 * its training run. Its outputs are log-scores; with `scale_by_sigma` they are shifted by the noise.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../../../errors.ts";
import { shown } from "../../../shown.ts";
import { sedd as system } from "../../../system/sedd.ts";
import { count, size } from "../../fields.ts";
import { readLayout } from "../layout.ts";
import type { Family } from "../layout.ts";
import { ditBuffers, ditNetwork, ditSources } from "./dit.ts";

const fields = z.looseObject({
  tokens: size,
  graph: z.looseObject({ type: z.enum(["absorb", "uniform"]) }),
  noise: z.looseObject({
    type: z.enum(["loglinear", "geometric"]),
    sigma_min: z.number().optional(),
    sigma_max: z.number().optional(),
  }),
  model: z.looseObject({
    hidden_size: size,
    cond_dim: size,
    length: size,
    n_blocks: count,
    n_heads: size,
    scale_by_sigma: z.boolean(),
  }),
});

export const sedd: Family = {
  name: "sedd",
  types: ["(none: a Hydra dictionary with graph, noise and model)"],
  recognises: (config) => "graph" in config && "noise" in config && "tokens" in config,
  layout(config, { where }) {
    const { tokens, graph, noise, model } = readLayout(fields, config, where);
    const absorbs = graph.type === "absorb";
    const refuse = (field: string, needed: string, got: unknown): never => {
      throw new UnmaskError(
        "corrupt",
        `${where}: ${field}: needs ${needed}, got ${shown(got)}; this layout is not supported`,
      );
    };
    if (model.scale_by_sigma !== absorbs)
      refuse("model.scale_by_sigma", `${absorbs} with graph ${graph.type}`, model.scale_by_sigma);
    if (noise.type === "geometric") {
      if (noise.sigma_min !== 1e-4) refuse("noise.sigma_min", "0.0001", noise.sigma_min);
      if (noise.sigma_max !== 20) refuse("noise.sigma_max", "20", noise.sigma_max);
    }
    const schedule = noise.type === "loglinear" ? "log-linear" : "geometric";
    const { name, options, attention } = system({ graph: graph.type, schedule });
    const vocabulary = absorbs ? tokens + 1 : tokens;
    return {
      config: {
        system: name,
        options,
        length: model.length,
        transformer: {
          ...ditNetwork({
            vocabulary,
            layers: model.n_blocks,
            heads: model.n_heads,
            width: model.hidden_size,
            conditionWidth: model.cond_dim,
          }),
          attention,
        },
        published: {
          family: "sedd",
          // Uniform noise has no mask: the id behind the last token stands for an open place.
          maskId: tokens,
          endIds: [],
          beginId: null,
        },
      },
      source: ditSources(model.hidden_size),
      ignored: ditBuffers,
    };
  },
};
