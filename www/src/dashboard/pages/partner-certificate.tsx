// The evidence of a partner certificate: the words with what the rules found in them, signatures,
// times, states, recording and chain (seed "Viewing the Evidence Package").
import { useRoute } from "preact-iso/router";
import { api } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { Badge, NoAdvice, ScoreBadge } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Loaded, Note, Problem } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { say } from "../ui/toast.tsx";
import { Inline } from "../ui/words.tsx";
import { Accesses } from "./accesses.tsx";
import { Chain } from "./chain.tsx";
import { Phrases, partsOf } from "./compliance.tsx";
import { ConsentRecord, Withheld } from "./consent.tsx";
import { Consumer } from "./consumer.tsx";
import { type Evidence, loadEvidence, type Signature } from "./evidence.ts";

const back = { href: "/dashboard/partner-certificates", label: "Partner Certificates" };

export default function PartnerCertificate() {
  const id = Number(useRoute().params.id);
  const query = useQuery(`evidence ${id}`, () => loadEvidence(id));
  const { data } = query;
  return (
    <Page
      key={id}
      title="Evidence"
      back={back}
      about={data && `From ${data.publisher.name}, ${data.property.name}.`}
      actions={
        data && (
          <>
            <Button icon="download" onClick={() => save(data)}>
              Download evidence
            </Button>
            <ButtonLink
              href={`/certificate/${data.certificate_id}/pdf`}
              download={`${data.certificate_id}.pdf`}
            >
              PDF
            </ButtonLink>
            {data.recording.status !== "none" && data.recording.state !== "gone" && (
              <ButtonLink href={`/certificate/${data.certificate_id}/replay`} icon="play" beside>
                Session replay
              </ButtonLink>
            )}
          </>
        )
      }
    >
      <Loaded query={query} lines={10}>
        {(evidence) => (
          <>
            <Verdict evidence={evidence} />
            <Copy value={evidence.certificate_id} label="certificate id" />
            <div class="columns">
              <div class="stack">
                <Language evidence={evidence} />
                <Withheld items={evidence.withheld} />
                <Compliance evidence={evidence} checked={query.reload} />
              </div>
              <div class="stack">
                <Session evidence={evidence} />
                <Signatures evidence={evidence} />
                <Card title="Chain of custody">
                  {evidence.custody.fault && (
                    <Note kind="red">
                      Broken at event {evidence.custody.fault.seq}: {evidence.custody.fault.reason}
                    </Note>
                  )}
                  <Chain events={evidence.custody.events} />
                  <Accesses log={evidence.access_log} />
                </Card>
                {evidence.claimed_at && (
                  <Consumer
                    certificate={evidence.certificate_id}
                    events={evidence.custody.events}
                    changed={query.reload}
                  />
                )}
              </div>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** The whole answer as a file, for the company's own archive. */
function save(evidence: Evidence): void {
  const file = new Blob([JSON.stringify(evidence, null, 2)], { type: "application/json" });
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${evidence.certificate_id}-evidence.json`;
  link.click();
  URL.revokeObjectURL(address);
}

function Verdict({ evidence: { verdict, checks, claimed_at } }: { evidence: Evidence }) {
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  if (failed.length > 0) {
    return (
      <Note kind="red">
        <p>What is stored is not what was signed, so nothing in it can be relied on.</p>
        {failed.map(({ check, reason }) => (
          <p key={check}>
            {check}: {reason}
          </p>
        ))}
      </Note>
    );
  }
  return (
    <>
      <Note kind={verdict === "holds" ? "green" : undefined}>
        Signatures, words and chain were checked just now, and hold.
      </Note>
      {!claimed_at && (
        <Note kind="amber">
          Not claimed: the evidence is kept for you only once you have claimed it.
        </Note>
      )}
    </>
  );
}

function Language({ evidence }: { evidence: Evidence }) {
  const rules = evidence.compliance.found ?? [];
  return (
    <Card
      title="Consent language"
      about="The exact words that the consumer saw; what your rules looked for is marked."
      flush
    >
      {(evidence.consents ?? []).map((consent, at) => (
        <ConsentRecord
          key={`${consent.id} ${consent.step}`}
          consent={{ ...consent, looks: Object.entries(consent.presentation) }}
          parts={partsOf(rules, at)}
        />
      ))}
    </Card>
  );
}

interface ComplianceProps {
  evidence: Evidence;
  checked: () => Promise<void>;
}

function Compliance({ evidence: { claim_id, compliance }, checked }: ComplianceProps) {
  const again = useAction(async () => {
    await api.POST("/certificate-sharing/partner-certificates/{id}/check", {
      params: { path: { id: claim_id } },
    });
    say("Checked against your rules as they are now.");
    await checked();
  });
  const { latest, found } = compliance;
  return (
    <Card
      title="Compliance"
      about={
        latest && (
          <>
            Checked <Time at={latest.checked_at} />, by the rules as they were then.
          </>
        )
      }
      actions={
        <Button compact busy={again.busy} onClick={again.run}>
          Check again
        </Button>
      }
    >
      <Problem failure={again.failure} />
      <div>
        <ScoreBadge level={latest?.result.level ?? "not_checked"} score={latest?.result.score} />
      </div>
      {found?.map((result) => (
        <div key={result.rule_name} class="stack">
          <h3 class="outside">
            {result.rule_name} ({result.mode})
          </h3>
          {result.status === "not_checked" ? (
            <p class="muted">For {result.states.join(", ")} only.</p>
          ) : (
            <Phrases result={result} />
          )}
        </div>
      ))}
      {!latest && <p class="muted">No consent rule of yours was applied.</p>}
      <NoAdvice />
    </Card>
  );
}

/** Personal values as people call them. */
const disclosed: Record<string, string> = {
  city: "City",
  email: "E-mail",
  ip: "IP address",
  language: "Language",
  page: "Page",
  phone: "Phone",
  user_agent: "Browser",
};

function Session({ evidence }: { evidence: Evidence }) {
  const { times, states, recording, disclosures } = evidence;
  const at = (moment: string | null) => (moment ? <Time at={moment} /> : "Unknown");
  return (
    <Card title="Session">
      <Facts
        items={[
          ["Consent captured", at(times.consent_captured_at)],
          ["Received", at(times.received_at)],
          evidence.claimed_at ? ["Claimed", at(evidence.claimed_at)] : null,
          ["State by IP", states.by_ip?.name ?? "Unknown"],
          ["State by area code", states.by_phone?.name ?? "Unknown"],
          ["Attestation", `${times.attestation}, clock ${times.clock}`],
          [
            "Recording",
            recording.status === "none" ? "None" : (recording.recording_hash ?? "Sealed"),
          ],
          recording.state === null ? null : ["Recording as stored", recording.state],
          [
            "Kept until",
            times.retained_until ? (
              <Time key="end" at={times.retained_until} as="day" />
            ) : (
              "For good"
            ),
          ],
          ...Object.entries(disclosures ?? {}).map(
            ([name, { value, opens_commitment: opens }]) =>
              [
                disclosed[name] ?? name,
                <span key={name}>
                  <Inline text={value} />{" "}
                  {!opens && <Badge colour="red">Not what was signed</Badge>}
                </span>,
              ] as const,
          ),
        ]}
      />
    </Card>
  );
}

function Signatures({ evidence: { signatures } }: { evidence: Evidence }) {
  const all: (readonly [string, Signature])[] = [
    ["Record", signatures.record.hmac],
    ["Record", signatures.record.ed25519],
    ["Chain", signatures.head.hmac],
    ["Chain", signatures.head.ed25519],
  ];
  return (
    <Card title="Signatures">
      {all.map(([what, { algorithm, key_id, signature, valid }]) => (
        <div key={`${what} ${algorithm}`}>
          <div class="actions">
            <Badge colour={valid ? "green" : valid === false ? "red" : "grey"}>
              {valid ? "Valid" : valid === false ? "Invalid" : "Not checked"}
            </Badge>
            <span>
              {what}, {algorithm} <span class="muted">({key_id})</span>
            </span>
          </div>
          <code class="hex muted small">{signature}</code>
        </div>
      ))}
    </Card>
  );
}
