// Claims with a token that came with a lead: first what it gives, then, after asking, the claim.
import { useEffect, useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction } from "../query.ts";
import { NoAdvice, ScoreBadge } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

type Preview = Schemas["ClaimPreview"];
type Claimed = Schemas["ClaimView"];

const back = { href: "/dashboard/partner-certificates", label: "Partner Certificates" };

/** The token in what was pasted: alone, or as the end of a claim URL. */
function tokenIn(pasted: string): string {
  return /clm_[0-9a-f]{48}/i.exec(pasted)?.[0].toLowerCase() ?? pasted.trim();
}

export default function Claim() {
  const [pasted, setPasted] = useState(() => location.hash.slice(1));
  const [preview, setPreview] = useState<Preview & { token: string }>();
  const [asking, setAsking] = useState(false);
  const [claimed, setClaimed] = useState<Claimed>();
  const look = useAction(async () => {
    const token = tokenIn(pasted);
    const params = { path: { token } };
    const told = await ok(api.GET("/certificate-sharing/certificates/claim/{token}", { params }));
    setPreview({ ...told, token });
  });
  // A link from the list brings its token along.
  useEffect(() => {
    if (pasted !== "") {
      void look.run();
    }
  }, []);
  if (claimed) {
    return <Outcome claimed={claimed} />;
  }
  return (
    <Page
      title="Claim a certificate"
      about="Paste the claim token or the claim URL that the publisher sent with the lead."
      back={back}
    >
      <Card>
        <Form action={look} verb="Preview" kind={preview ? undefined : "primary"}>
          <TextField
            label="Claim token or URL"
            placeholder="clm_…"
            required
            value={pasted}
            onInput={(text) => {
              setPasted(text);
              setPreview(undefined);
            }}
          />
        </Form>
      </Card>
      {preview && (
        <Card title="What this token gives">
          <Facts
            items={[
              [
                "Publisher",
                <span class="outside" key="publisher">
                  {preview.publisher_name}
                </span>,
              ],
              [
                "Website",
                <span class="outside" key="site">
                  {preview.property_domain}
                </span>,
              ],
              [
                "Consent captured",
                preview.consent_captured_at ? (
                  <Time key="at" at={preview.consent_captured_at} />
                ) : (
                  "Gone"
                ),
              ],
              ["Recording", preview.has_recording ? "There is one" : "None"],
              ["Claim before", <Time key="end" at={preview.expires_at} as="day" />],
              [
                "Certificate",
                <span class="hex" key="id">
                  {preview.certificate_id}
                </span>,
              ],
            ]}
          />
          {preview.status === "pending" ? (
            <div class="actions">
              <Button kind="primary" onClick={() => setAsking(true)}>
                Claim
              </Button>
            </div>
          ) : (
            <Note kind="amber">{whyNot[preview.status]}</Note>
          )}
        </Card>
      )}
      {asking && preview && (
        <Confirm
          title="Claim this certificate?"
          verb="Claim"
          onClose={() => setAsking(false)}
          act={async () => {
            const params = { path: { token: preview.token } };
            setClaimed(
              await ok(api.POST("/certificate-sharing/certificates/claim/{token}", { params })),
            );
          }}
        >
          Your consent rules are applied, and the claim becomes a part of the chain of custody. It
          is permanent and cannot be taken back.
        </Confirm>
      )}
    </Page>
  );
}

const whyNot: Record<Preview["status"], string> = {
  pending: "",
  claimed: "It has been claimed. If that was you, it is among your Partner Certificates.",
  revoked: "The publisher has taken it back.",
  expired: "The time to claim it is over. Ask the publisher for a new token.",
};

function Outcome({ claimed }: { claimed: Claimed }) {
  const { compliance } = claimed;
  const done = claimed.status === "claimed";
  return (
    <Page title={done ? "Claimed" : "Rejected by your consent rules"} back={back}>
      <Note kind={done ? "green" : "red"} live>
        {done
          ? "The certificate is in your Partner Certificates, for good."
          : "The certificate was not claimed, and its token is not spent: your rules ask for words that it does not have."}
      </Note>
      <Card title="Consent language">
        <div>
          <ScoreBadge level={compliance.level} score={compliance.score} />
        </div>
        <Found title="Missing" phrases={compliance.missing} />
        <Found title="There, and must not be" phrases={compliance.forbidden_found} />
        <Found title="Found" phrases={compliance.matched} />
        <NoAdvice />
      </Card>
      <div class="actions">
        {done && (
          <ButtonLink kind="primary" href={`/dashboard/partner-certificates/${claimed.claim_id}`}>
            View Evidence
          </ButtonLink>
        )}
        <ButtonLink href={back.href}>Partner Certificates</ButtonLink>
      </div>
    </Page>
  );
}

function Found({ title, phrases }: { title: string; phrases: string[] }) {
  return phrases.length === 0 ? null : (
    <div>
      <h3>{title}</h3>
      <ul class="chips" aria-label={title}>
        {phrases.map((phrase) => (
          <li class="chip plain" key={phrase}>
            <span class="outside">{phrase}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
