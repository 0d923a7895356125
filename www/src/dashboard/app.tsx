// Which page stands at which path.
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import lazy, { ErrorBoundary } from "preact-iso/lazy";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import { Frame } from "./frame.tsx";
import { loadMe, me, meFailure, signInAddress } from "./session.ts";
import { Button } from "./ui/button.tsx";
import { Page } from "./ui/layout.tsx";
import { Empty, Loading, Problem } from "./ui/states.tsx";
import { Toasts } from "./ui/toast.tsx";

/** A page's code comes when it is opened; when it does not come, the page says so. */
function page(load: () => Promise<{ default: () => VNode | null }>) {
  return lazy(() => load().catch(() => ({ default: Unreached })));
}

const Home = page(() => import("./pages/home.tsx"));
const Guide = page(() => import("./pages/guide.tsx"));
const Properties = page(() => import("./pages/properties.tsx"));
const Property = page(() => import("./pages/property.tsx"));
const Certificates = page(() => import("./pages/certificates.tsx"));
const Certificate = page(() => import("./pages/certificate.tsx"));
const Shares = page(() => import("./pages/shares.tsx"));
const OptOuts = page(() => import("./pages/opt-outs.tsx"));
const Activity = page(() => import("./pages/activity.tsx"));
const PartnerCertificates = page(() => import("./pages/partner-certificates.tsx"));
const PartnerCertificate = page(() => import("./pages/partner-certificate.tsx"));
const Claim = page(() => import("./pages/claim.tsx"));
const Partnership = page(() => import("./pages/partnership.tsx"));
const Rules = page(() => import("./pages/rules.tsx"));
const Rule = page(() => import("./pages/rule.tsx"));
const People = page(() => import("./pages/people.tsx"));
const Keys = page(() => import("./pages/keys.tsx"));
const Webhooks = page(() => import("./pages/webhooks.tsx"));
const Webhook = page(() => import("./pages/webhook.tsx"));
const Company = page(() => import("./pages/company.tsx"));

const SignIn = page(() => import("./doors/sign-in.tsx"));
const SignUp = page(() => import("./doors/sign-up.tsx"));
const VerifyEmail = page(() => import("./doors/verify-email.tsx"));
const ForgottenPassword = page(() => import("./doors/forgotten-password.tsx"));
const Reset = page(() => import("./doors/reset.tsx"));
const Invitation = page(() => import("./doors/invitation.tsx"));

/** Addresses that the dashboard does not answer are left to the browser. */
const own = /^\/(dashboard\/|sign-in|sign-up|verify-email|forgotten-password|reset|invitation)/;

export function App() {
  return (
    <LocationProvider scope={own}>
      <ErrorBoundary>
        <Router>
          <Route path="/sign-in" component={SignIn} />
          <Route path="/sign-up" component={SignUp} />
          <Route path="/verify-email" component={VerifyEmail} />
          <Route path="/forgotten-password" component={ForgottenPassword} />
          <Route path="/reset" component={Reset} />
          <Route path="/invitation" component={Invitation} />
          <Route path="/dashboard" component={Dashboard} />
          <Route path="/dashboard/*" component={Dashboard} />
          <Route default component={Nowhere} />
        </Router>
      </ErrorBoundary>
      <Toasts />
    </LocationProvider>
  );
}

function Dashboard() {
  const { route } = useLocation();
  const signedOut = me.value === null;
  useEffect(() => {
    if (me.value === undefined) {
      void loadMe();
    }
  }, []);
  useEffect(() => {
    // The router shows this page until the next one's code is there: by then it has left already.
    if (signedOut && location.pathname.startsWith("/dashboard")) {
      route(signInAddress(), true);
    }
  }, [signedOut, route]);
  if (meFailure.value) {
    return (
      <main class="door">
        <Problem failure={meFailure.value} />
        <Button onClick={loadMe}>Try again</Button>
      </main>
    );
  }
  if (!me.value) {
    return (
      <main class="door">
        <Loading />
      </main>
    );
  }
  return (
    <Frame me={me.value}>
      <Router>
        <Route path="/" component={Home} />
        <Route path="/start" component={Guide} />
        <Route path="/properties" component={Properties} />
        <Route path="/properties/:id" component={Property} />
        <Route path="/certificates" component={Certificates} />
        <Route path="/certificates/:id" component={Certificate} />
        <Route path="/shares" component={Shares} />
        <Route path="/opt-outs" component={OptOuts} />
        <Route path="/activity" component={Activity} />
        <Route path="/partner-certificates" component={PartnerCertificates} />
        <Route path="/partner-certificates/:id" component={PartnerCertificate} />
        <Route path="/claim" component={Claim} />
        <Route path="/partnership" component={Partnership} />
        <Route path="/consent-rules" component={Rules} />
        <Route path="/consent-rules/:id" component={Rule} />
        <Route path="/people" component={People} />
        <Route path="/keys" component={Keys} />
        <Route path="/webhooks" component={Webhooks} />
        <Route path="/webhooks/:id" component={Webhook} />
        <Route path="/company" component={Company} />
        <Route default component={Nowhere} />
      </Router>
    </Frame>
  );
}

function Unreached() {
  return (
    <Page title="This page did not arrive">
      <Empty
        icon="warning"
        title="The service could not be reached"
        action={<Button onClick={() => location.reload()}>Try again</Button>}
      >
        Are you online? If so, a new version may have come out meanwhile.
      </Empty>
    </Page>
  );
}

function Nowhere() {
  return (
    <Page title="Nothing here">
      <Empty
        icon="warning"
        title="There is no such page"
        action={<a href="/dashboard/">Go to the start</a>}
      >
        The address may be misspelt, or the page has moved.
      </Empty>
    </Page>
  );
}
