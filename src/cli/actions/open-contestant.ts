/**
 * A model of `--models`, for tasks: the one place where it is found and opened.
 *
 * @module
 */
import { kindOf } from "../../checkpoint/model-config.ts";
import type { ModelContents } from "../../checkpoint/model-contents.ts";
import { UnmaskError } from "../../errors.ts";
import { openModel } from "../../generate/model.ts";
import type { Contestant } from "../../evaluate/tasks/task.ts";
import { isRemote } from "../../remote/address.ts";
import type { SystemKind } from "../../system/system.ts";
import type { Runtime } from "../../tensor/index.ts";
import { readModelOf } from "./use-model.ts";

/** A model that was found: what its files say, before it is made ready. */
export interface FoundModel {
  /** As it was asked for. */
  readonly path: string;
  readonly contents: ModelContents;
  readonly kind: SystemKind;
  /** Makes it ready; that takes a while and memory. */
  readonly open: () => Promise<Contestant>;
}

/** @throws UnmaskError "usage" for a model behind a server, whose tokens and passes can't be seen. */
export async function findContestant(path: string, runtime: Runtime): Promise<FoundModel> {
  if (isRemote(path))
    throw new UnmaskError(
      "usage",
      `compare: --models must be folders, got the server ${path}; score it with unmask evaluate`,
    );
  const contents = await readModelOf({ model: path });
  return {
    path,
    contents,
    kind: kindOf(contents.config),
    open: async () => ({ ...(await openModel(contents, { name: path, runtime })), runtime }),
  };
}
