/**
 * A model of `--models`, for tasks: the one place where it is found and opened, be it a folder or behind a server.
 *
 * @module
 */
import { latentParameters } from "../../checkpoint/latent-contents.ts";
import { isLatentFolder, readLatentModel } from "../../checkpoint/latent-folder.ts";
import { kindOf } from "../../checkpoint/model-config.ts";
import type { ModelContents } from "../../checkpoint/model-contents.ts";
import { systemOfModel } from "../../checkpoint/model-system.ts";
import type { Author } from "../../evaluate/author.ts";
import { planAuthor, planReader } from "../../evaluate/plan-author.ts";
import { comparing, inapplicable, nameOf } from "../../evaluate/tasks/task.ts";
import type { Outcome, Recipe, Settings, Situation, Task } from "../../evaluate/tasks/task.ts";
import { openLatentModel } from "../../generate/latent-model.ts";
import { openModel } from "../../generate/model.ts";
import { withoutHabits } from "../../generate/sampling.ts";
import { transformerParameters } from "../../model/transformer.ts";
import { parameterCount } from "../../nn/parameter.ts";
import { isRemote } from "../../remote/address.ts";
import { remoteAuthor } from "../../remote/remote-author.ts";
import type { ComparedModel } from "../../report/comparison/comparison.ts";
import type { LatentSystemKind } from "../../system/latent-system.ts";
import type { Runtime } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { BaseContext } from "../verb.ts";
import { modelMark } from "./compare-parts.ts";
import { readModelOf } from "./use-model.ts";
import { useRemote } from "./use-remote.ts";
import { seedOf } from "./write-remote.ts";

/** A model that was found: what is known of it before it is made ready. */
export interface FoundModel {
  /** As it was asked for. */
  readonly path: string;
  readonly facts: Omit<ComparedModel, "name" | "path">;
  /** What its folder holds; of one behind a server nothing is seen. */
  readonly contents: ModelContents | undefined;
  /** What tells whether it is still the same. */
  readonly mark: object;
  /** Commands that measure a task's figures again. */
  recipes(task: Task, settings: Settings): readonly Recipe[];
  /**
   * Makes it ready; that takes a while and memory.
   *
   * @param yardstick in whose tokens the text is, for a model whose own are not seen
   */
  open(yardstick: Tokenizer): Promise<OpenedModel>;
}

/** A model that tasks can be put to. */
export interface OpenedModel {
  /** In whose tokens it is given the text. */
  readonly tokenizer: Tokenizer;
  put(task: Task, situation: Situation): Promise<Outcome>;
}

export const findContestant = async (
  path: string,
  runtime: Runtime,
  context: Pick<BaseContext, "env" | "signal" | "note">,
): Promise<FoundModel> => {
  if (isRemote(path)) return findRemote(path, context);
  return (await isLatentFolder(path)) ? findPlanner(path, runtime) : findFolder(path, runtime);
};

async function findFolder(path: string, runtime: Runtime): Promise<FoundModel> {
  const contents = await readModelOf({ model: path });
  const { config, tokenizer } = contents;
  const kind = kindOf(config);
  return {
    path,
    facts: {
      ...aboutFolder(kind, config, tokenizer),
      rule: kind.rule,
      parameters: parameterCount(transformerParameters(config.transformer)),
      exact: systemOfModel(contents).bound.exact,
    },
    contents,
    mark: await modelMark(path),
    recipes: (task, settings) => task.recipes(settings, kind),
    async open() {
      const open = await openModel(withoutHabits(contents), { name: path, runtime });
      const contestant = { ...open, runtime };
      return { tokenizer, put: (task, situation) => task.measure(contestant, situation) };
    },
  };
}

async function findPlanner(path: string, runtime: Runtime): Promise<FoundModel> {
  const contents = await readLatentModel(path);
  const { config, kind, system, tokenizer } = contents;
  return {
    path,
    facts: {
      ...aboutFolder(kind, config, tokenizer),
      rule: `plans of ${kind.steps} steps`,
      parameters: parameterCount(latentParameters(system, contents)),
      exact: false,
    },
    contents: undefined,
    mark: await modelMark(path),
    recipes: recipesOfAuthor,
    async open(yardstick) {
      const model = await openLatentModel(contents, { name: path, runtime });
      const reader = await planReader(model);
      return asked(yardstick, noPlaces, (situation) => planAuthor(model, reader, situation));
    },
  };
}

/** What a folder tells of its model, whichever its kind. */
const aboutFolder = (
  { name: system, summary, paper }: Pick<LatentSystemKind, "name" | "summary" | "paper">,
  { length }: { readonly length: number },
  tokenizer: Tokenizer,
) => ({
  system,
  summary,
  paper,
  length,
  vocabulary: tokenizer.size,
  tokenizer: tokenizer.kind,
  tokens: nameOf([JSON.stringify(tokenizer.toJSON())]),
});

/** What can be measured of an author, `compare` alone measures. */
const recipesOfAuthor: FoundModel["recipes"] = ({ name, ask }, settings) =>
  ask === undefined
    ? []
    : comparing(name)(settings).map((recipe) => ({ ...recipe, needs: ["data", "judge"] }));

/** A model that is put the questions of which an author's texts are the answer. */
const asked = (
  tokenizer: Tokenizer,
  otherwise: Outcome,
  authorFor: (situation: Situation) => Author,
): OpenedModel => ({
  tokenizer,
  put: async (task, situation) =>
    (await task.ask?.(authorFor(situation), { ...situation, tokenizer })) ?? otherwise,
});

const unseen = inapplicable("it is behind a server, which shows its texts alone");
const noPlaces = inapplicable("it plans whole paragraphs, and has no places that could be filled");

async function findRemote(
  path: string,
  context: Pick<BaseContext, "env" | "signal" | "note">,
): Promise<FoundModel> {
  const model = await useRemote({ model: path }, context);
  const { url } = model.connection;
  return {
    path,
    facts: {
      system: "remote",
      summary: "a model behind a server, which shows its texts alone",
      paper: url,
      rule: "its server's",
      tokens: path,
      exact: false,
    },
    contents: undefined,
    mark: [url, model.name],
    recipes: recipesOfAuthor,
    open: async (yardstick) =>
      asked(yardstick, unseen, ({ seed: first }) => {
        const seed = (index: number): number | undefined => seedOf(first, index);
        return remoteAuthor(model, { prompt: "", sampling: {}, seed });
      }),
  };
}
