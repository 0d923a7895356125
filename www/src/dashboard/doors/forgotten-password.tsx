// Asks for a link to a new password. The answer is the same for every address.
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { useAction } from "../query.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Note } from "../ui/states.tsx";
import { Door } from "./door.tsx";

export default function ForgottenPassword() {
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const action = useAction(async () => {
    await api.POST("/api/auth/reset-request", { body: { email } });
    setSent(true);
  });
  return (
    <Door title="Forgotten password" foot={<a href="/sign-in">Back to sign in</a>}>
      {sent ? (
        <Note kind="green" live>
          If there is an account for <span class="outside">{email}</span>, a mail with a link is on
          its way. It works for an hour.
        </Note>
      ) : (
        <Form action={action} verb="Send a link" wide>
          <TextField
            label="E-mail"
            type="email"
            autocomplete="email"
            required
            value={email}
            onInput={setEmail}
          />
        </Form>
      )}
    </Door>
  );
}
