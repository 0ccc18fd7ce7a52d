/**
 * PLANNER: latent language diffusion (Zhang et al. 2023).
 *
 * - embedder: a paragraph becomes `latents` vectors by a bidirectional encoder; a causal decoder says it
 *   again from them. Replaced tokens (`substitution`) and drawn latents (`deviation`, `kl`) keep their space smooth
 * - process: Gaussian noise on the normalised latents, sqrt(alpha) = cos(pi t / 2)
 * - parameterisation: the network says z0, given z_t, t and the latents of the text before
 * - objective: the squared error of z0, weighted as P2 has it
 * - network: a diffusion transformer over the latents, the condition behind them in every block
 * - sampling: DDIM or ancestral, with classifier-free guidance and dynamic thresholding, as far as `clarity`; then words
 *
 * @module
 */
import { gaussianDiffusion } from "../diffusion/gaussian/diffusion.ts";
import { cosineSquared } from "../diffusion/schedules/cosine-squared.ts";
import { UnmaskError } from "../errors.ts";
import { transformerConfig } from "../model/sizes.ts";
import { latentDiffusion } from "../objective/latent-diffusion.ts";
import { reconstruction } from "../objective/reconstruction.ts";
import { latentSystem } from "./latent-system.ts";

/** The times with signal and noise both: PLANNER's. */
const times = { first: 0.0005, last: 0.9995 };

export const planner = latentSystem(
  {
    name: "planner",
    summary: "latent diffusion: plans a paragraph as a few vectors, then says it word by word",
    paper: "Zhang et al. 2023, arXiv 2306.02531",
    options: {
      latents: {
        type: "integer",
        default: 16,
        minimum: 1,
        maximum: 1024,
        summary: "vectors of a paragraph",
      },
      dimension: {
        type: "integer",
        default: 32,
        minimum: 1,
        maximum: 65_536,
        summary: "numbers of each",
      },
      substitution: {
        type: "number",
        default: 0.3,
        minimum: 0,
        maximum: 1,
        summary: "share of tokens replaced for the encoder",
      },
      blank: {
        type: "number",
        default: 1,
        minimum: 0,
        maximum: 1,
        summary: "greatest share of its own tokens hidden from the decoder in training",
      },
      deviation: {
        type: "number",
        default: 0.4,
        minimum: 0,
        maximum: 10,
        summary:
          "greatest, of the latents around what the encoder says, in training; 0 = they are not drawn",
      },
      kl: {
        type: "number",
        default: 0.001,
        minimum: 0,
        summary: "weight of the divergence of the drawn latents from N(0, 1)",
      },
      forget: {
        type: "number",
        default: 0.1,
        minimum: 0,
        maximum: 1,
        summary: "share of windows planned without the text before, which guidance needs",
      },
      clarity: {
        type: "number",
        default: 1,
        above: 0,
        maximum: 1,
        summary:
          "how clear a plan gets before it is said, unless --clarity asks otherwise: its share of signal, the rest stays noise",
      },
    },
  },
  ({ latents, dimension, substitution, blank, deviation, kl, forget, clarity }) => ({
    steps: 50,
    clarity,
    pace: 0.4,
    create({ size, maskId, endId }, { network: shape, length }) {
      const schedule = cosineSquared({ eps: 0 });
      const network = (kind: "bidirectional" | "causal", timed = false) =>
        transformerConfig(shape, { vocabulary: size, attention: { kind }, timed });
      if (length % latents !== 0)
        throw new UnmaskError(
          "usage",
          `system planner: the length of a paragraph must be a multiple of latents=${latents}, got ${length}; change --length`,
        );
      const embedder = {
        length,
        latents,
        dimension,
        encoder: network("bidirectional"),
        decoder: network("causal"),
      };
      const networks = {
        embedder,
        planner: {
          latents,
          dimension,
          // Which latent is which hangs on its place, not on how far it lies from others.
          backbone: { ...network("bidirectional", true), learnedPositions: 2 * latents },
        },
      };
      const about = { config: embedder, maskId, endId };
      const tell = (t: number): number => 1000 * t;
      return {
        ...networks,
        diffusion: gaussianDiffusion(schedule),
        times,
        tell,
        // The encoder's tanh.
        range: 1,
        quantile: 0.995,
        embedding: reconstruction({
          ...about,
          substitution,
          blank,
          deviation,
          kl,
          shorten: 0.5,
        }),
        fidelity: reconstruction({
          ...about,
          substitution: 0,
          blank: 0,
          deviation: 0,
          kl: 0,
          shorten: 0,
        }),
        planning: ({ weights, moments }) =>
          latentDiffusion({ ...networks, frozen: weights, moments, schedule, times, tell, forget }),
      };
    },
  }),
);
