// Which page stands at which path.
import { useEffect } from "preact/hooks";
import lazy, { ErrorBoundary } from "preact-iso/lazy";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import { Frame } from "./frame.tsx";
import { loadMe, me, meFailure, signInAddress } from "./session.ts";
import { Button } from "./ui/button.tsx";
import { Page } from "./ui/layout.tsx";
import { Empty, Loading, Problem } from "./ui/states.tsx";
import { Toasts } from "./ui/toast.tsx";

const Home = lazy(() => import("./pages/home.tsx"));
const Guide = lazy(() => import("./pages/guide.tsx"));
const Properties = lazy(() => import("./pages/properties.tsx"));
const Property = lazy(() => import("./pages/property.tsx"));
const Certificates = lazy(() => import("./pages/certificates.tsx"));
const Certificate = lazy(() => import("./pages/certificate.tsx"));
const Shares = lazy(() => import("./pages/shares.tsx"));
const OptOuts = lazy(() => import("./pages/opt-outs.tsx"));
const Activity = lazy(() => import("./pages/activity.tsx"));
const PartnerCertificates = lazy(() => import("./pages/partner-certificates.tsx"));
const PartnerCertificate = lazy(() => import("./pages/partner-certificate.tsx"));
const Claim = lazy(() => import("./pages/claim.tsx"));
const Partnership = lazy(() => import("./pages/partnership.tsx"));
const Rules = lazy(() => import("./pages/rules.tsx"));
const Rule = lazy(() => import("./pages/rule.tsx"));
const People = lazy(() => import("./pages/people.tsx"));
const Keys = lazy(() => import("./pages/keys.tsx"));
const Webhooks = lazy(() => import("./pages/webhooks.tsx"));
const Webhook = lazy(() => import("./pages/webhook.tsx"));
const Company = lazy(() => import("./pages/company.tsx"));

const SignIn = lazy(() => import("./doors/sign-in.tsx"));
const SignUp = lazy(() => import("./doors/sign-up.tsx"));
const VerifyEmail = lazy(() => import("./doors/verify-email.tsx"));
const ForgottenPassword = lazy(() => import("./doors/forgotten-password.tsx"));
const Reset = lazy(() => import("./doors/reset.tsx"));
const Invitation = lazy(() => import("./doors/invitation.tsx"));

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
    if (signedOut) {
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
