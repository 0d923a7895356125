// The link from signing up: shows that the mailbox is theirs, and asks for the password again.
import { useState } from "preact/hooks";
import { api, ok } from "../api/client.ts";
import { useAction } from "../query.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Door, enter, linkToken } from "./door.tsx";

export default function VerifyEmail() {
  const [password, setPassword] = useState("");
  const action = useAction(async () => {
    const body = { token: linkToken(), password };
    enter(await ok(api.POST("/api/auth/verify-email", { body })), "/dashboard/start");
  });
  return (
    <Door
      title="Confirm your e-mail address"
      about="Enter the password that you chose when you signed up."
      foot={<a href="/sign-up">Sign up again</a>}
    >
      <Form action={action} verb="Confirm and sign in" wide>
        <TextField
          label="Password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={setPassword}
        />
      </Form>
    </Door>
  );
}
