// The recording of a certificate: its replay, and a link to it for somebody who has no account.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction } from "../query.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

/** How a recording that was sealed stands now. */
export async function loadRecording(certificate: string): Promise<string | null> {
  const params = { path: { id: certificate } };
  return (await ok(api.GET("/certificate/{id}/replay/manifest", { params }))).state ?? null;
}

/** In words; none was sealed when there is no state. */
export function recordingWords(state: string | null): string {
  const words: Record<string, string> = {
    complete: "Complete",
    changed: "Changed since it was sealed",
    gone: "Gone",
    "not read": "There is one",
  };
  return state === null ? "None" : (words[state] ?? `Incomplete: ${state}`);
}

/** For a recording that can be looked at. */
export function Replay({ certificate }: { certificate: string }) {
  const [linking, setLinking] = useState(false);
  return (
    <>
      <ButtonLink href={`/certificate/${certificate}/replay`} icon="play" beside>
        Replay
      </ButtonLink>
      <Button onClick={() => setLinking(true)}>Replay link</Button>
      {linking && (
        <Dialog title="Link to the replay" onClose={() => setLinking(false)}>
          <Link certificate={certificate} onClose={() => setLinking(false)} />
        </Dialog>
      )}
    </>
  );
}

const spans = [
  ["24", "One day"],
  ["48", "Two days"],
  ["168", "A week"],
  ["720", "30 days"],
] as const;

function Link({ certificate, onClose }: { certificate: string; onClose: () => void }) {
  const [hours, setHours] = useState("48");
  const [made, setMade] = useState<Schemas["LinkView"]>();
  const make = useAction(async () => {
    const params = { path: { id: certificate } };
    const body = { hours: Number(hours) };
    setMade(await ok(api.POST("/api/certificates/{id}/replay-link", { params, body })));
  });
  if (made) {
    return (
      <>
        <Copy value={made.url} label="link to the replay" />
        <p>
          Works until <Time at={made.expires_at} />.
        </p>
        <div class="actions end">
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </>
    );
  }
  return (
    <Form action={make} verb="Make link" onCancel={onClose}>
      <Note>Whoever has the link can watch, without an account. It cannot be taken back.</Note>
      <SelectField label="Works for" value={hours} onInput={setHours} options={spans} />
    </Form>
  );
}
