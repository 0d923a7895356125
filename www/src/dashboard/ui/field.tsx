// Fields of forms: each with its label, what helps, and what is wrong.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  required?: boolean;
}

interface TextProps extends FieldProps {
  type?: "text" | "email" | "password" | "search" | "tel" | "url" | "date";
  autocomplete?: "email" | "name" | "organization" | "current-password" | "new-password" | "off";
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
}

export function TextField(props: TextProps) {
  const { label, value, onInput, hint, error, type = "text", autocomplete = "off" } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        // The types of JSX have a separate shape for each kind of input; these share one.
        type={type as "text"}
        value={value}
        required={props.required}
        placeholder={props.placeholder}
        minLength={props.minLength}
        maxLength={props.maxLength}
        autocomplete={autocomplete}
        spellcheck={false}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={hint || error ? `${id}-more` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <More id={id} hint={hint} error={error} />
    </div>
  );
}

export function AreaField({ label, value, onInput, hint, error, required }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        value={value}
        required={required}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={hint || error ? `${id}-more` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <More id={id} hint={hint} error={error} />
    </div>
  );
}

interface SelectProps extends FieldProps {
  /** Value and words. */
  options: readonly (readonly [string, string])[];
}

export function SelectField({ label, value, onInput, hint, options }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint ? `${id}-more` : undefined}
        onChange={(event) => onInput(event.currentTarget.value)}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
      <More id={id} hint={hint} />
    </div>
  );
}

function More({
  id,
  hint,
  error,
}: {
  id: string;
  hint?: ComponentChildren;
  error?: string | undefined;
}) {
  if (!hint && !error) {
    return null;
  }
  return (
    <div id={`${id}-more`}>
      {hint && <div class="hint">{hint}</div>}
      {error && <div class="field-error">{error}</div>}
    </div>
  );
}

interface CheckProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: ComponentChildren;
}

export function CheckField({ label, checked, onChange, hint }: CheckProps) {
  const id = useId();
  return (
    <div class="choice">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={hint ? `${id}-more` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <div id={`${id}-more`} class="hint">
          {hint}
        </div>
      )}
    </div>
  );
}

interface CheckFieldsProps<V extends string> {
  legend: string;
  options: readonly { value: V; hint: string }[];
  chosen: V[];
  onChange: (chosen: V[]) => void;
}

/** Any of several, each by its own name. */
export function CheckFields<V extends string>(props: CheckFieldsProps<V>) {
  const { legend, options, chosen, onChange } = props;
  return (
    <fieldset class="field">
      <legend>{legend}</legend>
      {options.map(({ value, hint }) => (
        <CheckField
          key={value}
          label={value}
          hint={hint}
          checked={chosen.includes(value)}
          onChange={(on) =>
            onChange(on ? [...chosen, value] : chosen.filter((other) => other !== value))
          }
        />
      ))}
    </fieldset>
  );
}

interface ChoicesProps<V extends string> {
  legend: string;
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; label: string; hint?: string }[];
  /** Side by side, without hints. */
  segments?: boolean;
}

export function Choices<V extends string>(props: ChoicesProps<V>) {
  const { legend, value, onChange, options, segments } = props;
  const name = useId();
  const radio = (option: V, id: string) => (
    <input
      id={id}
      type="radio"
      name={name}
      value={option}
      checked={option === value}
      aria-describedby={segments ? undefined : `${id}-more`}
      onChange={() => onChange(option)}
    />
  );
  return (
    <fieldset class="field">
      <legend>{legend}</legend>
      {segments ? (
        <div class="segments">
          {options.map((option) => (
            <span class="segment" key={option.value}>
              {radio(option.value, `${name}-${option.value}`)}
              <label for={`${name}-${option.value}`}>{option.label}</label>
            </span>
          ))}
        </div>
      ) : (
        options.map((option) => (
          <div class="choice" key={option.value}>
            {radio(option.value, `${name}-${option.value}`)}
            <label for={`${name}-${option.value}`}>{option.label}</label>
            <div class="hint" id={`${name}-${option.value}-more`}>
              {option.hint}
            </div>
          </div>
        ))
      )}
    </fieldset>
  );
}

interface ListProps {
  label: string;
  values: string[];
  onChange: (values: string[]) => void;
  hint?: ComponentChildren;
  placeholder?: string;
  /** How an item reads where it stands in the list. */
  show?: (value: string) => string;
}

/** A list that grows by typing and pressing Enter. */
export function ListField({ label, values, onChange, hint, placeholder, show }: ListProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const add = () => {
    const value = typed.trim();
    if (value !== "" && !values.includes(value)) {
      onChange([...values, value]);
    }
    setTyped("");
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="enter">
        <input
          id={id}
          value={typed}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={`${id}-more`}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            // Enter while an input method composes a word belongs to the word.
            if (event.key === "Enter" && !event.isComposing) {
              event.preventDefault();
              add();
            }
          }}
        />
        <Button onClick={add} disabled={typed.trim() === ""} label={`Add to ${label}`}>
          Add
        </Button>
      </div>
      <div id={`${id}-more`} class="hint">
        {hint ?? "Press Enter after each."}
      </div>
      {values.length > 0 && (
        <ul class="chips" aria-label={label}>
          {values.map((value) => (
            <li class="chip" key={value}>
              <span class="outside">{show ? show(value) : value}</span>
              <button
                type="button"
                aria-label={`Remove ${value}`}
                onClick={() => onChange(values.filter((other) => other !== value))}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
