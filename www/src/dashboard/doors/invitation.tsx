// The link into a company: with the password of the account one has, or a name and a password for
// a new one.
import { useState } from "preact/hooks";
import { api, ok } from "../api/client.ts";
import { useAction } from "../query.ts";
import { Choices, TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Door, enter, linkToken } from "./door.tsx";

export default function Invitation() {
  const [account, setAccount] = useState<"new" | "mine">("new");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const isNew = account === "new";
  const action = useAction(async () => {
    const body = { token: linkToken(), password, ...(isNew ? { name } : {}) };
    enter(await ok(api.POST("/api/invitations/accept", { body })));
  });
  return (
    <Door title="You are invited" about="Join the company that wrote to you.">
      <Form action={action} verb="Join" wide>
        <Choices
          legend="For this e-mail address"
          segments
          value={account}
          onChange={setAccount}
          options={[
            { value: "new", label: "I am new here" },
            { value: "mine", label: "I have an account" },
          ]}
        />
        {isNew && (
          <TextField
            label="Your name"
            autocomplete="name"
            required
            maxLength={128}
            value={name}
            onInput={setName}
          />
        )}
        <TextField
          label={isNew ? "Choose a password" : "Password of your account"}
          type="password"
          autocomplete={isNew ? "new-password" : "current-password"}
          required
          value={password}
          onInput={setPassword}
        />
      </Form>
    </Door>
  );
}
