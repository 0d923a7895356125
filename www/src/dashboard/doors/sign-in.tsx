// Sign in, and go on to where one wanted to be.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api, ok } from "../api/client.ts";
import { useAction } from "../query.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Door, enter } from "./door.tsx";

export default function SignIn() {
  const { query } = useLocation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const action = useAction(async () => {
    enter(await ok(api.POST("/api/auth/sign-in", { body: { email, password } })), query.next);
  });
  const signUp = query.next ? `/sign-up?next=${encodeURIComponent(query.next)}` : "/sign-up";
  return (
    <Door
      title="Sign in"
      foot={
        <>
          New here? <a href={signUp}>Create an account</a>
        </>
      }
    >
      <Form action={action} verb="Sign in" wide>
        <TextField
          label="E-mail"
          type="email"
          autocomplete="email"
          required
          value={email}
          onInput={setEmail}
        />
        <TextField
          label="Password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={setPassword}
        />
      </Form>
      <a href="/forgotten-password">Forgot your password?</a>
    </Door>
  );
}
