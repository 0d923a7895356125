// From nothing to the first certificate: name a website, paste the snippet, see the tracker, send
// the form.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Icon } from "../ui/icon.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Loaded, Note, Problem } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

type Property = Schemas["PropertyView"];
type Install = Schemas["InstallView"];

const hiddenField = '<input type="hidden" id="econsent_hidden" name="econsent_hidden" value="">';
/** What the tracker was seen doing comes some seconds late anyway. */
const pollEvery = 2_000;

export default function Guide() {
  const { query } = useLocation();
  return (
    <Page
      title="Get your first certificate"
      about="Four steps, about five minutes. You can leave and come back: nothing is lost."
    >
      <Card>
        <div class="steps">{query.property ? <Going id={query.property} /> : <First />}</div>
      </Card>
    </Page>
  );
}

type State = "done" | "now" | "later";

interface StepProps {
  number: number;
  title: string;
  state: State;
  children?: ComponentChildren;
}

function Step({ number, title, state, children }: StepProps) {
  return (
    <section class={`step ${state}`} aria-label={`Step ${number}: ${title}`}>
      <span class="step-number" aria-hidden="true">
        {state === "done" ? <Icon name="check" /> : number}
      </span>
      <div class="step-body">
        <h2>{title}</h2>
        {state === "later" ? null : children}
      </div>
    </section>
  );
}

function First() {
  const { route } = useLocation();
  const [name, setName] = useState("");
  const [origin, setOrigin] = useState("");
  const action = useAction(async () => {
    const body = { name, origins: [asOrigin(origin)] };
    const { id } = await ok(api.POST("/api/properties", { body }));
    route(`/dashboard/start?property=${id}`);
  });
  return (
    <>
      <Step number={1} title="Name the website" state="now">
        <Form action={action} verb="Create property">
          <TextField
            label="Property name"
            placeholder="Solar quotes"
            required
            maxLength={128}
            value={name}
            onInput={setName}
          />
          <TextField
            label="Website address"
            placeholder="https://forms.example.com"
            hint="Where the form is. Only pages of this address can make certificates."
            required
            value={origin}
            onInput={setOrigin}
          />
        </Form>
      </Step>
      <Step number={2} title="Paste the snippet" state="later" />
      <Step number={3} title="See your tracker" state="later" />
      <Step number={4} title="Send the form once" state="later" />
    </>
  );
}

/** What somebody copied from the address bar, without its path. */
function asOrigin(typed: string): string {
  const text = typed.trim();
  try {
    return new URL(text.includes("://") ? text : `https://${text}`).origin;
  } catch {
    return text;
  }
}

function Going({ id }: { id: string }) {
  const params = { path: { id } };
  const property = useQuery(`property ${id}`, () =>
    ok(api.GET("/api/properties/{id}", { params })),
  );
  const installs = useQuery(
    `install ${id}`,
    () => ok(api.GET("/api/properties/{id}/install", { params })),
    pollEvery,
  );
  return (
    <Loaded query={property}>
      {(data) => <Steps property={data} seen={installs.data ?? []} changed={property.reload} />}
    </Loaded>
  );
}

interface StepsProps {
  property: Property;
  seen: Install[];
  changed: () => Promise<void>;
}

function Steps({ property, seen, changed }: StepsProps) {
  const here = seen.find(({ registered, session_at, certificate_at }) =>
    Boolean(registered && (session_at ?? certificate_at)),
  );
  const elsewhere = seen.find(({ registered }) => !registered);
  const certified = seen.find(({ certificate_at }) => certificate_at);
  return (
    <>
      <Step number={1} title="Name the website" state="done">
        <p class="muted outside">
          {property.name}, {property.origins.join(", ")}{" "}
          <a href={`/dashboard/properties/${property.id}`}>Settings</a>
        </p>
      </Step>
      <Step number={2} title="Paste the snippet" state={here ? "done" : "now"}>
        <p>Into the page with the form, anywhere; before the end of the head is best.</p>
        <Copy value={property.snippet} label="snippet" />
        <p>
          Mark the words that people agree to with <code>data-consent-type="main-implied"</code> (a
          checkbox: <code>"main-explicit"</code>), and put this field into the form. It brings the
          certificate's id along with the lead.
        </p>
        <Copy value={hiddenField} label="hidden field" />
      </Step>
      <Step number={3} title="See your tracker" state={here ? "done" : "now"}>
        {here ? (
          <Note kind="green" live>
            We saw your tracker on <span class="outside">{here.origin}</span>.
          </Note>
        ) : elsewhere ? (
          <Elsewhere property={property} install={elsewhere} changed={changed} />
        ) : (
          <div role="status">
            <Note>
              <span class="pulse">Waiting for your tracker.</span> Open the page with the form: this
              turns green a few seconds later.
            </Note>
          </div>
        )}
      </Step>
      <Step
        number={4}
        title="Send the form once"
        state={certified ? "done" : here ? "now" : "later"}
      >
        {certified ? (
          <>
            <Note kind="green" live>
              Your first certificate is there, made{" "}
              <Time at={certified.certificate_at ?? certified.outcome_at} />.
            </Note>
            {certified.consents.length === 0 && (
              <Note kind="amber">
                It holds no consent: no marked words were on the page. Mark them, or set selectors
                in the settings.
              </Note>
            )}
            <div class="actions">
              <ButtonLink kind="primary" href="/dashboard/certificates">
                See certificates
              </ButtonLink>
            </div>
          </>
        ) : (
          <p>Fill your form in and send it, as a visitor would. The certificate shows up here.</p>
        )}
      </Step>
    </>
  );
}

interface ElsewhereProps {
  property: Property;
  install: Install;
  changed: () => Promise<void>;
}

/** The snippet works, on an address that nobody registered. */
function Elsewhere({ property, install, changed }: ElsewhereProps) {
  const add = useAction(async () => {
    const { id, created_at: _, warnings: __, snippet: ___, ...settings } = property;
    await api.PUT("/api/properties/{id}", {
      params: { path: { id } },
      body: { ...settings, origins: [...property.origins, install.origin] },
    });
    await changed();
  });
  return (
    <>
      <Note kind="amber" live>
        We saw your tracker on <span class="outside">{install.origin}</span>, which is not among
        this property's addresses, so nothing was kept.
      </Note>
      <Problem failure={add.failure} />
      <div class="actions">
        <Button busy={add.busy} onClick={add.run}>
          Allow this address
        </Button>
      </div>
    </>
  );
}
