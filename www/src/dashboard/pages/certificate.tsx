// One certificate of the company: the words, how they looked, the session and the chain; and Share.
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso/router";
import { useQuery } from "../query.ts";
import { Badge } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { Inline, Words } from "../ui/words.tsx";
import { type Bundle, type Consent, loadBundle, type Withheld } from "./bundle.ts";
import { Chain } from "./chain.tsx";
import { Revocation } from "./revocation.tsx";
import { Share } from "./share.tsx";

const back = { href: "/dashboard/certificates", label: "Certificates" };

export default function Certificate() {
  const id = useRoute().params.id ?? "";
  const query = useQuery(`certificate ${id}`, () => loadBundle(id));
  const [sharing, setSharing] = useState(false);
  return (
    <Page
      key={id}
      title="Certificate"
      back={back}
      actions={
        query.data && (
          <>
            <ButtonLink href={`/certificate/${id}`} beside>
              Public page
            </ButtonLink>
            <ButtonLink href={`/certificate/${id}/pdf`} icon="download" download={`${id}.pdf`}>
              PDF
            </ButtonLink>
            <ButtonLink href={`/replay/${id}`} icon="play" beside>
              Replay
            </ButtonLink>
            <Button kind="primary" icon="share" onClick={() => setSharing(true)}>
              Share
            </Button>
          </>
        )
      }
    >
      <Loaded query={query} lines={10}>
        {(bundle) => (
          <>
            <Copy value={bundle.certificate_id} label="certificate id" />
            <div class="columns">
              <div class="stack">
                <Evidence bundle={bundle} />
                {bundle.withheld.length > 0 && <WithheldCard items={bundle.withheld} />}
              </div>
              <div class="stack">
                <Session bundle={bundle} />
                <Card title="Chain of custody">
                  <Chain events={bundle.custody} />
                </Card>
                <Revocation bundle={bundle} />
              </div>
            </div>
            {sharing && (
              <Share
                certificates={[bundle.certificate_id]}
                {...(bundle.record ? { property: bundle.record.property_id } : {})}
                onClose={() => setSharing(false)}
                shared={query.reload}
              />
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Evidence({ bundle }: { bundle: Bundle }) {
  const consents = bundle.record?.consents;
  if (!consents) {
    return (
      <Card title="Consent evidence">
        <Note kind="amber">
          The evidence of this certificate has expired; its id, signatures and chain remain.
        </Note>
      </Card>
    );
  }
  return (
    <Card title="Consent evidence" about="What was on the page when the form was submitted." flush>
      {consents.length === 0 ? (
        <Empty icon="certificate" title="No consent in it">
          No marked disclosure was visible when the form was submitted.
        </Empty>
      ) : (
        consents.map((consent) => (
          <OneConsent key={`${consent.id} ${consent.step}`} bundle={bundle} consent={consent} />
        ))
      )}
    </Card>
  );
}

function isGiven({ category, value }: Consent): boolean {
  return category === "IMPLIED" || (value !== "" && value !== "false");
}

function OneConsent({ bundle, consent }: { bundle: Bundle; consent: Consent }) {
  const text = bundle.texts[consent.text_sha256];
  const looks = bundle.presentation[consent.id] ?? {};
  return (
    <article class="card-body" aria-label={`Consent ${consent.id}`}>
      <div class="actions">
        <Badge colour={isGiven(consent) ? "green" : "grey"}>
          {isGiven(consent) ? "Given" : "Shown, not given"}
        </Badge>
        <span class="muted">
          {consent.type}, <Inline text={consent.id} />
        </span>
      </div>
      {text === undefined ? (
        <Note kind="red">These words are missing.</Note>
      ) : (
        <Words text={text} />
      )}
      <details>
        <summary>How it looked</summary>
        <Facts
          items={[
            ["Value", <Inline key="value" text={consent.value || "(empty)"} />],
            ["Step of the form", consent.step],
            ...Object.entries(looks).map(
              ([name, value]) =>
                [factName(name), <Inline key={name} text={fact(name, value)} />] as const,
            ),
            [
              "SHA-256 of the text",
              <span class="hex" key="sha">
                {consent.text_sha256}
              </span>,
            ],
          ]}
        />
      </details>
    </article>
  );
}

function factName(name: string): string {
  return name.replace(/_100$/, "").replaceAll("_", " ");
}

/** Hundredths are shown with a point; everything else as the document has it. */
function fact(name: string, value: unknown): string {
  return typeof value === "number" && name.endsWith("_100")
    ? (value / 100).toFixed(2)
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}

function WithheldCard({ items }: { items: Withheld[] }) {
  return (
    <Card title="On the page, and no consent" about="Hidden disclosures and lesser copies.">
      {items.map((item) => (
        <div key={`${item.id} ${item.text_sha256}`} class="stack">
          <div class="actions">
            <Badge colour="amber">{item.reason === "not_visible" ? "Hidden" : "Duplicate"}</Badge>
            <span class="muted">
              {item.type}, <Inline text={item.id} />
            </span>
          </div>
          {item.text !== undefined && <Words text={item.text} />}
        </div>
      ))}
    </Card>
  );
}

function Session({ bundle: { record, stated } }: { bundle: Bundle }) {
  return (
    <Card title="Session">
      <Facts
        items={[
          ["Property", <Inline key="property" text={stated.property} />],
          record && ["Origin", <Inline key="origin" text={record.origin} />],
          record && ["Submitted", <Time key="at" at={record.timestamp} />],
          record && ["Received", <Time key="received" at={record.received_at} />],
          record && [
            "Consumer's state",
            record.geo ? `${record.geo.region} ${record.geo.country} (by IP)` : "Unknown",
          ],
          record && [
            "Attestation",
            `${record.attestation}, clock ${record.clock}, minted by ${record.minted_by}`,
          ],
          [
            "Kept until",
            stated.expires_at ? (
              <Time key="end" at={stated.expires_at} as="day" />
            ) : (
              "For good: it is claimed"
            ),
          ],
        ]}
      />
    </Card>
  );
}
