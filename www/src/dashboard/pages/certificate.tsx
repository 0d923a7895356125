// One certificate of the company: the words, how they looked, the session and the chain; and Share.
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso/router";
import { api, ok } from "../api/client.ts";
import { type Query, useQuery } from "../query.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { Inline } from "../ui/words.tsx";
import { Accesses } from "./accesses.tsx";
import { type Bundle, type Consent, loadBundle } from "./bundle.ts";
import { Chain } from "./chain.tsx";
import { ConsentRecord, type Shown, Withheld } from "./consent.tsx";
import { Consumer } from "./consumer.tsx";
import { looksOf } from "./looks.ts";
import { loadRecording, Replay, recordingWords } from "./recording.tsx";
import { Share } from "./share.tsx";

const back = { href: "/dashboard/certificates", label: "Certificates" };

export default function Certificate() {
  const id = useRoute().params.id ?? "";
  const query = useQuery(`certificate ${id}`, () => loadBundle(id));
  const sealed = Boolean(query.data?.record?.attached.recording);
  const recording = useQuery(`recording ${id} ${sealed}`, async () =>
    sealed ? await loadRecording(id) : null,
  );
  const [sharing, setSharing] = useState(false);
  const changed = async () => {
    await Promise.all([query.reload(), recording.reload()]);
  };
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
            {recording.data && recording.data !== "gone" && <Replay certificate={id} />}
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
                <Withheld items={bundle.withheld} />
              </div>
              <div class="stack">
                <Session bundle={bundle} recording={recording} />
                <Card title="Chain of custody">
                  <Chain events={bundle.custody} />
                  <Verifications certificate={id} />
                </Card>
                <Consumer certificate={id} events={bundle.custody} changed={changed} />
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

function Verifications({ certificate }: { certificate: string }) {
  const params = { path: { id: certificate } };
  const { data = [] } = useQuery(`accesses ${certificate}`, () =>
    ok(api.GET("/api/certificates/{id}/accesses", { params })),
  );
  return <Accesses log={data} />;
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
          <ConsentRecord key={`${consent.id} ${consent.step}`} consent={shown(bundle, consent)} />
        ))
      )}
    </Card>
  );
}

function isGiven({ category, value }: Consent): boolean {
  return category === "IMPLIED" || (value !== "" && value !== "false");
}

/** The record with its words and how it looked. */
function shown(bundle: Bundle, consent: Consent): Shown {
  return {
    ...consent,
    given: isGiven(consent),
    text: bundle.texts[consent.text_sha256] ?? null,
    looks: looksOf(bundle.presentation[consent.id] ?? {}),
  };
}

interface SessionProps {
  bundle: Bundle;
  recording: Query<string | null>;
}

function Session({ bundle: { record, stated }, recording }: SessionProps) {
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
            "Recording",
            recording.failure ? "Could not be looked at" : recordingWords(recording.data ?? null),
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
