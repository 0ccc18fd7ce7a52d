/**
 * Which files of a published model are brought: weights, configuration, tokenizer, licence. Never programs.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { modelFiles } from "./model-contents.ts";
import { checkPlainName, isPlainName } from "./plain-name.ts";
import { shown } from "../shown.ts";

const tokenizer =
  /^(?:tokenizer\.(?:json|model)|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(?:json|txt)|merges\.txt)$/;
const description =
  /^(?:config\.json|generation_config\.json|chat_template\.(?:jinja|json)|README\.md|LICEN[CS]E(?:\.\w+)?|NOTICE(?:\.\w+)?)$/;
const weights = /\.safetensors(?:\.index\.json)?$/;

/** True for the files that make a tokenizer. */
export const isTokenizerFile = (name: string): boolean => tokenizer.test(name);

export interface WantedFiles {
  /** Everything small. */
  readonly companions: readonly string[];
  /** Files of weights, and indices, among which `weightFiles` chooses. */
  readonly weights: readonly string[];
}

/**
 * Sorts out a list of names that somebody else made. Files in folders are left out.
 *
 * @param where how errors name the list
 * @param ownTokenizer that the model's tokenizer is not wanted
 * @throws UnmaskError `corrupt` if a name of a wanted kind leads anywhere but into its folder
 */
export function wantedFiles(
  names: readonly string[],
  where: string,
  ownTokenizer = false,
): WantedFiles {
  const wanted = names.filter((name) => isWanted(name, where));
  const seen = new Set<string>();
  for (const name of wanted.map((each) => each.toLowerCase())) {
    if (seen.has(name))
      throw new UnmaskError("corrupt", `${where}: has two files of the name ${shown(name)}`);
    seen.add(name);
  }
  if (!wanted.includes(modelFiles.config))
    throw new UnmaskError(
      "missing",
      `${where}: has no ${modelFiles.config}, without which nobody can tell what model it is`,
    );
  return {
    companions: wanted.filter(
      (name) => !weights.test(name) && !(ownTokenizer && isTokenizerFile(name)),
    ),
    weights: wanted.filter((name) => weights.test(name)),
  };
}

function isWanted(name: string, where: string): boolean {
  if (name.includes("/") && name.split("/").every(isPlainName)) return false;
  // The name that it would have if any system took some of it for a path.
  const base = name.split(/[/\\:]|%2f|%5c/i).at(-1)!;
  if (![tokenizer, description, weights].some((kind) => kind.test(base))) return false;
  checkPlainName(name, where);
  return true;
}
