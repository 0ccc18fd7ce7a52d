/**
 * Asks for the API key of a server that needs one.
 *
 * @module
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { keepKey } from "../engine/server.ts";

/** @param props.onKey called when a key has been kept */
export function KeyForm({ onKey }: { onKey(): void }): JSX.Element {
  const [key, setKey] = useState("");
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        keepKey(key.trim());
        onKey();
      }}
    >
      <label class="field">
        <span>This server needs an API key</span>
        <input
          type="password"
          autocomplete="off"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <small>It is kept until this tab is closed.</small>
      </label>
      <button type="submit" class="primary" disabled={key.trim() === ""}>
        Use key
      </button>
    </form>
  );
}
