// Overview: what to do first, and the ways to what is done daily.
import { api, ok } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { isAdmin, me } from "../session.ts";
import { ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Card, Page } from "../ui/layout.tsx";

export default function Home() {
  return (
    <Page
      title="Overview"
      about="Proof of consent for every lead: issued, shared, claimed and checked."
    >
      {isAdmin.value && <FirstSteps />}
      <div class="columns">
        <Card title="You publish leads">
          <p>
            The tracker on your forms issues a certificate for each submit. Share it with the buyer
            of the lead, and see who claimed it.
          </p>
          <div class="actions">
            <ButtonLink href="/dashboard/certificates">Certificates</ButtonLink>
            {isAdmin.value && <ButtonLink href="/dashboard/properties">Properties</ButtonLink>}
          </div>
        </Card>
        <Card title="Your company ID">
          <p class="muted">Publishers add you as a partner with it.</p>
          <Copy value={me.value?.company.id ?? ""} label="company ID" />
        </Card>
      </div>
      <Card title="You buy leads">
        <p>
          Say which words a disclosure must have, claim the certificate that came with the lead, and
          keep its evidence for good.
        </p>
        <div class="actions">
          <ButtonLink href="/dashboard/partner-certificates">Partner Certificates</ButtonLink>
          <ButtonLink href="/dashboard/claim">Claim with a token</ButtonLink>
          <ButtonLink href="/dashboard/consent-rules">Consent rules</ButtonLink>
        </div>
      </Card>
    </Page>
  );
}

/** Stands until there is a property. */
function FirstSteps() {
  const { data } = useQuery("properties", () => ok(api.GET("/api/properties")));
  if (data === undefined || data.length > 0) {
    return null;
  }
  return (
    <Card title="Get your first certificate">
      <p>Name a website, paste one line into it, send its form once. It takes five minutes.</p>
      <div class="actions">
        <ButtonLink kind="primary" href="/dashboard/start">
          Set up a website
        </ButtonLink>
      </div>
    </Card>
  );
}
