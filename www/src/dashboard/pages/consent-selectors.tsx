// Elements that are consent without being tagged: a CSS selector and the type it stands for.
import { useId, useState } from "preact/hooks";
import type { Schemas } from "../api/client.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";

type Selector = Schemas["ConsentSelector"];

const types: Selector["type"][] = [
  "main-implied",
  "main-explicit",
  "secondary-implied",
  "secondary-explicit",
];

interface SelectorsProps {
  values: Selector[];
  onChange: (values: Selector[]) => void;
}

export function ConsentSelectors({ values, onChange }: SelectorsProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [type, setType] = useState<Selector["type"]>("main-implied");
  const add = () => {
    const selector = typed.trim();
    if (selector !== "") {
      onChange([...values.filter((other) => other.selector !== selector), { selector, type }]);
    }
    setTyped("");
  };
  return (
    <fieldset class="field">
      <legend>Consent selectors</legend>
      <div class="enter">
        <input
          aria-label="CSS selector"
          aria-describedby={id}
          value={typed}
          placeholder=".tcpa-disclosure"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.isComposing) {
              event.preventDefault();
              add();
            }
          }}
        />
        <select
          aria-label="Consent type"
          value={type}
          onChange={(event) => setType(event.currentTarget.value as Selector["type"])}
        >
          {types.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Button onClick={add} disabled={typed.trim() === ""} label="Add consent selector">
          Add
        </Button>
      </div>
      <div class="hint" id={id}>
        For pages that you cannot tag with <code>data-consent-type</code>.
      </div>
      {values.length > 0 && (
        <ul class="chips" aria-label="Consent selectors">
          {values.map((value) => (
            <li class="chip" key={value.selector}>
              <span class="outside">
                <code>{value.selector}</code> {value.type}
              </span>
              <button
                type="button"
                aria-label={`Remove ${value.selector}`}
                onClick={() => onChange(values.filter((other) => other !== value))}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
