// A form that does one thing: sent once at a time, with what went wrong above the button.
import type { ComponentChildren } from "preact";
import type { Action } from "../query.ts";
import { Button } from "./button.tsx";
import { Problem } from "./states.tsx";

interface FormProps {
  action: Action<[]>;
  /** What the button does, in its own words. */
  verb: string;
  /** How the button looks; the page's main one if unsaid. */
  kind?: "primary" | "danger" | undefined;
  disabled?: boolean;
  /** The button is as wide as the form. */
  wide?: boolean;
  /** In a dialog: stands beside the button. */
  onCancel?: () => void;
  children: ComponentChildren;
}

export function Form(props: FormProps) {
  const { action, verb, disabled = false, wide = false, onCancel, children } = props;
  const kind = "kind" in props ? props.kind : "primary";
  const send = (
    <Button kind={kind} wide={wide} busy={action.busy} disabled={disabled}>
      {verb}
    </Button>
  );
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      {children}
      <Problem failure={action.failure} />
      {wide ? (
        send
      ) : (
        <div class={onCancel ? "actions end" : "actions"}>
          {onCancel && <Button onClick={onCancel}>Cancel</Button>}
          {send}
        </div>
      )}
    </form>
  );
}
