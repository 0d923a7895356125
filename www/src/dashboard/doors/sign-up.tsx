// An account for a company of one's own. Nothing is made before the mailbox was shown.
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { useAction } from "../query.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Note } from "../ui/states.tsx";
import { Door } from "./door.tsx";

export default function SignUp() {
  const [name, setName] = useState("");
  const [company, setCompany] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [sent, setSent] = useState(false);
  const action = useAction(async () => {
    await api.POST("/api/auth/sign-up", { body: { name, company_name: company, email, password } });
    setSent(true);
  });
  if (sent) {
    return (
      <Door title="Look into your mailbox" foot={<a href="/sign-in">Back to sign in</a>}>
        <Note kind="green" live>
          If <span class="outside">{email}</span> can be written to, a mail with a link is on its
          way. Follow it within a day.
        </Note>
      </Door>
    );
  }
  return (
    <Door
      title="Create an account"
      about="For a company that publishes leads, buys them, or both."
      foot={
        <>
          Have an account? <a href="/sign-in">Sign in</a>
        </>
      }
    >
      <Form action={action} verb="Create account" wide>
        <TextField
          label="Company"
          autocomplete="organization"
          required
          maxLength={128}
          value={company}
          onInput={setCompany}
        />
        <TextField
          label="Your name"
          autocomplete="name"
          required
          maxLength={128}
          value={name}
          onInput={setName}
        />
        <TextField
          label="Work e-mail"
          type="email"
          autocomplete="email"
          required
          value={email}
          onInput={setEmail}
        />
        <TextField
          label="Password"
          type="password"
          autocomplete="new-password"
          required
          hint="A few words that you don't use elsewhere."
          value={password}
          onInput={setPassword}
        />
      </Form>
    </Door>
  );
}
