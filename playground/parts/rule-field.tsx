/**
 * The choice of a rule with its options, out of the table of rules.
 *
 * @module
 */
import type { JSX } from "preact";
import { rules } from "../../src/sample/rules/index.ts";
import type { Rule } from "../../src/sample/rule.ts";
import { parseSpec } from "../../src/variant.ts";
import type { OptionDoc, Variant, VariantSpec } from "../../src/variant.ts";
import { Choice, NumberField } from "./fields.tsx";

const table: Readonly<Record<string, Variant<Rule>>> = rules;

/** A spec of one rule; undefined for what the address may hold beside: rules joined by "+" and "/". */
function single(spec: string): VariantSpec | undefined {
  try {
    const parsed = parseSpec("rule", spec);
    return Object.hasOwn(table, parsed.name) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const specOf = ({ name, values }: VariantSpec): string => {
  const options = Object.entries(values).map(([option, value]) => `${option}=${value}`);
  return options.length === 0 ? name : `${name}:${options.join(",")}`;
};

/** @param props.value `confidence`, `threshold:tau=0.8`; empty for the model's own rule */
export function RuleField({
  value,
  onChange,
}: {
  readonly value: string;
  onChange(value: string): void;
}): JSX.Element {
  const spec = single(value);
  const docs = spec && table[spec.name]!.docs;
  const names = [
    { value: "", name: "the model's own" },
    ...Object.keys(table).map((name) => ({ value: name, name })),
  ];
  const isJoined = value !== "" && spec === undefined;
  return (
    <>
      <Choice
        label="Rule"
        doc={docs?.summary}
        value={spec?.name ?? value}
        choices={isJoined ? [...names, { value, name: value }] : names}
        onChange={onChange}
      />
      {spec &&
        Object.entries(docs?.options ?? {}).map(([name, doc]) => (
          <Option
            key={name}
            name={name}
            doc={doc}
            value={spec.values[name]}
            onChange={(given) => {
              const others = Object.entries(spec.values).filter(([other]) => other !== name);
              const values = Object.fromEntries(
                given === undefined ? others : [...others, [name, given]],
              );
              onChange(specOf({ name: spec.name, values }));
            }}
          />
        ))}
    </>
  );
}

function Option({
  name,
  doc,
  value,
  onChange,
}: {
  readonly name: string;
  readonly doc: OptionDoc;
  readonly value: string | undefined;
  onChange(value: string | undefined): void;
}): JSX.Element {
  if (doc.type === "number" || doc.type === "integer")
    return (
      <NumberField
        label={name}
        doc={doc.summary}
        value={value === undefined ? undefined : Number(value)}
        range={{
          min: doc.minimum ?? doc.above ?? -1e9,
          max: doc.maximum ?? 1e9,
          step: doc.type === "integer" ? 1 : "any",
        }}
        otherwise={String(doc.default)}
        onChange={(given) => onChange(given === undefined ? undefined : String(given))}
      />
    );
  const choices = doc.type === "choice" ? doc.choices : ["true", "false"];
  return (
    <Choice
      label={name}
      doc={doc.summary}
      value={value ?? String(doc.default)}
      choices={choices.map((choice) => ({ value: choice, name: choice }))}
      onChange={onChange}
    />
  );
}
