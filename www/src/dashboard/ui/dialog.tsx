// Dialogs: the browser's own, which keeps the focus inside and closes with Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useAction } from "../query.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Problem } from "./states.tsx";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement) {
        opener.focus();
      }
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? "wide" : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button class="button quiet compact" type="button" aria-label="Close" onClick={onClose}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  /** What the button does, in its own words. */
  verb: string;
  danger?: boolean;
  act: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, children, verb, danger, act, onClose }: ConfirmProps) {
  const action = useAction(act);
  return (
    <Dialog title={title} onClose={onClose}>
      <div>{children}</div>
      <Problem failure={action.failure} />
      <div class="actions end">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind={danger ? "danger" : "primary"}
          busy={action.busy}
          onClick={async () => {
            if (await action.run()) {
              onClose();
            }
          }}
        >
          {verb}
        </Button>
      </div>
    </Dialog>
  );
}
