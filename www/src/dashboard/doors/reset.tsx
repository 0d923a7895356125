// The link to a new password. Every sign-in ends with it.
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { useAction } from "../query.ts";
import { ButtonLink } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Note } from "../ui/states.tsx";
import { Door, linkToken } from "./door.tsx";

export default function Reset() {
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const action = useAction(async () => {
    await api.POST("/api/auth/reset", { body: { token: linkToken(), password } });
    history.replaceState(null, "", location.pathname);
    setDone(true);
  });
  if (done) {
    return (
      <Door title="Your password is set">
        <Note kind="green" live>
          Every earlier sign-in has ended.
        </Note>
        <ButtonLink kind="primary" href="/sign-in">
          Sign in
        </ButtonLink>
      </Door>
    );
  }
  return (
    <Door
      title="Choose a new password"
      foot={<a href="/forgotten-password">Ask for another link</a>}
    >
      <Form action={action} verb="Set password" wide>
        <TextField
          label="New password"
          type="password"
          autocomplete="new-password"
          required
          value={password}
          onInput={setPassword}
        />
      </Form>
    </Door>
  );
}
