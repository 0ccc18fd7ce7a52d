/**
 * `unmask import`: a published model, from a hub or a folder.
 *
 * @module
 */
import { defineVerb } from "../verb.ts";
import { modelOptions } from "./shared-options.ts";

/** The options, which `import-model.ts` reads. */
export const importOptions = {
  out: { type: "string", hint: "FOLDER", required: true, doc: "the model's new folder" },
  revision: {
    type: "string",
    doc: "a branch, a tag or a commit of the model",
    otherwise: "what @ says, or main",
  },
  hub: {
    type: "string",
    hint: "URL",
    doc: "the hub, or a mirror of it",
    otherwise: "HF_ENDPOINT, or https://huggingface.co",
  },
  quantize: {
    type: "choice",
    choices: ["float16", "int8", "int4"],
    doc: "round the weights to fewer bits: float16 halves the files and computes as before; int8 and int4 take a quarter, or a sixth of the memory, and are faster",
    otherwise: "the weights as they come",
  },
  as: modelOptions.as,
  tokenizer: {
    type: "string",
    hint: "PATH",
    doc: "a tokenizer.json, or a folder with one, in place of the model's",
    otherwise: "the model's own",
  },
} as const;

export const importArguments = {
  model: { doc: "OWNER/NAME or OWNER/NAME@REVISION on a hub, or a folder", required: true },
} as const;

export const verb = defineVerb({
  description:
    "Brings a published model into a folder: its weights (safetensors only), configuration and " +
    "tokenizer. Every file is checked before it gets its name; an import that was stopped goes on " +
    "when the same command is given again. HF_TOKEN, if set, is sent to the hub.",
  examples: [
    {
      command:
        "unmask import kuleshov-group/mdlm-owt --out models/mdlm --tokenizer gpt2/tokenizer.json",
      does: "from the Hugging Face hub",
    },
    {
      command: "unmask import ./downloads/llada --out models/llada",
      does: "from a folder; weights are linked, not copied, on the same disk",
    },
    {
      command: "unmask import GSAI-ML/LLaDA-8B-Instruct --out models/llada --quantize int4",
      does: "eight billion weights in five gigabytes",
    },
  ],
  arguments: importArguments,
  options: importOptions,

  async run(context) {
    const { importModel } = await import("../actions/import-model.ts");
    return importModel(context);
  },
});
