// Asks why before a company does something about a consumer; the reason goes to its own file.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../query.ts";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";

interface ReasonProps {
  title: string;
  children?: ComponentChildren;
  /** What the button does, in its own words. */
  verb: string;
  danger?: boolean;
  required?: boolean;
  act: (reason: string) => Promise<void>;
  onClose: () => void;
}

export function Reason({ title, children, verb, danger, required, act, onClose }: ReasonProps) {
  const [reason, setReason] = useState("");
  const action = useAction(async () => {
    await act(reason.trim());
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      {children && <div>{children}</div>}
      <Form action={action} verb={verb} kind={danger ? "danger" : "primary"} onCancel={onClose}>
        <TextField
          label={required ? "Reason" : "Reason (if you want to keep one)"}
          hint="One line for your own file. Personal values don't belong here."
          required={required ?? false}
          maxLength={200}
          value={reason}
          onInput={setReason}
        />
      </Form>
    </Dialog>
  );
}
