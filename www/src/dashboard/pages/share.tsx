// Hands certificates on: to a partner, to a company by its id, or openly to whoever has the token.
import { useMemo, useState } from "preact/hooks";
import { api, ok } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { isAdmin } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Copy, CopyButton } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Choices, SelectField, TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Note } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { loadPartners, nameOf } from "./partners.tsx";

interface Shared {
  certificate_id: string;
  claim_token: string;
  claim_url: string;
  expires_at?: string;
}

type Way = "open" | "partner" | "company";

interface ShareProps {
  certificates: string[];
  /** Whose partners to offer; those of every property when it is not known. */
  property?: string;
  onClose: () => void;
  shared?: () => Promise<void>;
}

export function Share({ certificates, property, onClose, shared }: ShareProps) {
  const [results, setResults] = useState<Shared[]>();
  const many = certificates.length > 1;
  const title = many ? `Share ${certificates.length} certificates` : "Share this certificate";
  return (
    <Dialog title={title} wide={many} onClose={onClose}>
      {results ? (
        <Results results={results} onClose={onClose} />
      ) : (
        <Ask
          certificates={certificates}
          property={property}
          onClose={onClose}
          done={async (made) => {
            setResults(made);
            await shared?.();
          }}
        />
      )}
    </Dialog>
  );
}

/** Names what is asked for, so that asking again makes no second share. */
function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

async function share(certificates: string[], target: string, name: string): Promise<Shared[]> {
  const whom = target === "" ? {} : { target_company_id: target };
  const headers = { "Idempotency-Key": name };
  const [only] = certificates;
  if (certificates.length === 1 && only !== undefined) {
    const made = await ok(
      api.POST("/certificate-sharing/certificates/{id}/share", {
        params: { path: { id: only } },
        headers,
        body: whom,
      }),
    );
    return [{ certificate_id: only, ...made }];
  }
  const body = { certificate_ids: certificates, ...whom };
  return await ok(api.POST("/certificate-sharing/certificates/batch-share", { headers, body }));
}

interface AskProps {
  certificates: string[];
  property: string | undefined;
  onClose: () => void;
  done: (made: Shared[]) => Promise<void>;
}

function Ask({ certificates, property, onClose, done }: AskProps) {
  const [way, setWay] = useState<Way>(isAdmin.value ? "partner" : "company");
  const [partner, setPartner] = useState("");
  const [company, setCompany] = useState("");
  const name = useMemo(newName, []);
  const target = way === "open" ? "" : way === "partner" ? partner : company.trim();
  const action = useAction(async () => {
    await done(await share(certificates, target, name));
  });
  return (
    <Form
      action={action}
      verb="Share"
      disabled={way === "partner" && partner === ""}
      onCancel={onClose}
    >
      <Choices
        legend="Buyer"
        segments
        value={way}
        onChange={setWay}
        options={[
          ...(isAdmin.value ? [{ value: "partner" as const, label: "A partner" }] : []),
          { value: "company", label: "Another company" },
          { value: "open", label: "Open" },
        ]}
      />
      {way === "partner" && (
        <PartnerField property={property} value={partner} onInput={setPartner} />
      )}
      {way === "company" && (
        <TextField
          label="The buyer's company ID"
          hint="Buyers find it under Company in their dashboard."
          required
          value={company}
          onInput={setCompany}
        />
      )}
      {way === "open" && (
        <Note>Whoever has the token first can claim. Pass it only to the buyer of the lead.</Note>
      )}
    </Form>
  );
}

interface PartnerFieldProps {
  property: string | undefined;
  value: string;
  onInput: (company: string) => void;
}

function PartnerField({ property, value, onInput }: PartnerFieldProps) {
  const { data } = useQuery(`partners ${property ?? "of all"}`, () => loadPartners(property));
  const companies = new Map(
    (data ?? []).flatMap((partner) =>
      partner.partner_company_id ? [[partner.partner_company_id, nameOf(partner)] as const] : [],
    ),
  );
  if (data && companies.size === 0) {
    return (
      <Note>No partner yet. Add one in the settings of a property, or choose another way.</Note>
    );
  }
  return (
    <SelectField
      label="Partner"
      value={value}
      onInput={onInput}
      options={[["", "Choose a partner"] as const, ...companies]}
    />
  );
}

function Results({ results, onClose }: { results: Shared[]; onClose: () => void }) {
  const [only] = results;
  return (
    <>
      <Note kind="green" live>
        Shared. Pass the claim token to the buyer with the lead.
        {only?.expires_at && (
          <>
            {" "}
            It can be claimed until <Time at={only.expires_at} as="day" />.
          </>
        )}
      </Note>
      {results.length === 1 && only ? (
        <>
          <div class="field">
            <span class="label">Claim token</span>
            <Copy value={only.claim_token} label="claim token" />
          </div>
          <div class="field">
            <span class="label">Claim URL</span>
            <Copy value={only.claim_url} label="claim URL" />
          </div>
        </>
      ) : (
        <>
          <div class="actions">
            <CopyButton value={asLines(results)} label="all tokens" />
            <span class="muted">Certificate, token and URL of each, as CSV</span>
          </div>
          <Table
            caption="Shares"
            rows={results}
            id={(result) => result.certificate_id}
            columns={[
              {
                name: "Certificate",
                cell: (result) => <code class="short-id">{result.certificate_id}</code>,
              },
              {
                name: "Claim token",
                cell: (result) => <code class="outside">{result.claim_token}</code>,
              },
            ]}
          />
        </>
      )}
      <div class="actions end">
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </>
  );
}

function asLines(results: Shared[]): string {
  const lines = results.map(({ certificate_id, claim_token, claim_url }) =>
    [certificate_id, claim_token, claim_url].join(","),
  );
  return ["certificate_id,claim_token,claim_url", ...lines].join("\n");
}
