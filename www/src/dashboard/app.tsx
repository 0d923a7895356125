// Which page stands at which path.
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import lazy, { ErrorBoundary } from "preact-iso/lazy";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import ForgottenPassword from "./doors/forgotten-password.tsx";
import Invitation from "./doors/invitation.tsx";
import Reset from "./doors/reset.tsx";
import SignIn from "./doors/sign-in.tsx";
import SignUp from "./doors/sign-up.tsx";
import VerifyEmail from "./doors/verify-email.tsx";
import { Frame } from "./frame.tsx";
import Certificate from "./pages/certificate.tsx";
import Certificates, { askForCertificates } from "./pages/certificates.tsx";
import Claim from "./pages/claim.tsx";
import Company from "./pages/company.tsx";
import Consumers from "./pages/consumers.tsx";
import Guide from "./pages/guide.tsx";
import Home from "./pages/home.tsx";
import Keys from "./pages/keys.tsx";
import OptOuts from "./pages/opt-outs.tsx";
import PartnerCertificate from "./pages/partner-certificate.tsx";
import PartnerCertificates from "./pages/partner-certificates.tsx";
import Partnership from "./pages/partnership.tsx";
import People from "./pages/people.tsx";
import Properties from "./pages/properties.tsx";
import Property from "./pages/property.tsx";
import Rule from "./pages/rule.tsx";
import Rules from "./pages/rules.tsx";
import Shares from "./pages/shares.tsx";
import Webhook from "./pages/webhook.tsx";
import Webhooks from "./pages/webhooks.tsx";
import { loadMe, me, meFailure, signInAddress } from "./session.ts";
import { Button } from "./ui/button.tsx";
import { Page } from "./ui/layout.tsx";
import { Empty, Loading, Problem } from "./ui/states.tsx";
import { Toasts } from "./ui/toast.tsx";

/** Pictures are for this page alone: its code comes when it is opened, or the page says that it did
 * not. All other pages together are smaller than the way to fetch them one by one is long. */
const Activity = lazy<() => VNode>(() =>
  import("./pages/activity.tsx").catch(() => ({ default: Unreached })),
);

/** Below /dashboard. */
const pages = [
  ["/", Home],
  ["/start", Guide],
  ["/properties", Properties],
  ["/properties/:id", Property],
  ["/certificates", Certificates],
  ["/certificates/:id", Certificate],
  ["/shares", Shares],
  ["/opt-outs", OptOuts],
  ["/consumers", Consumers],
  ["/activity", Activity],
  ["/partner-certificates", PartnerCertificates],
  ["/partner-certificates/:id", PartnerCertificate],
  ["/claim", Claim],
  ["/partnership", Partnership],
  ["/consent-rules", Rules],
  ["/consent-rules/:id", Rule],
  ["/people", People],
  ["/keys", Keys],
  ["/webhooks", Webhooks],
  ["/webhooks/:id", Webhook],
  ["/company", Company],
] as const;

/** Addresses that the dashboard does not answer are left to the browser. */
const own = /^\/(dashboard\/|sign-in|sign-up|verify-email|forgotten-password|reset|invitation)/;

/** Frame and list are drawn at once if the list comes this soon after it was asked for, in
 * milliseconds: one after the other is more work. */
const patience = 300;

/** Asks for what the page will need before anything is drawn. */
export function begin(): void {
  const { pathname, search } = location;
  if (pathname === "/dashboard/certificates") {
    const list = askForCertificates(Object.fromEntries(new URLSearchParams(search)));
    void loadMe(Promise.race([list, new Promise<void>((late) => setTimeout(late, patience))]));
  } else if (pathname.startsWith("/dashboard")) {
    void loadMe();
  }
}

export function App() {
  // The router would fail on such an address.
  if (!isReadable(location.pathname)) {
    return <Outside />;
  }
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
          <Route default component={Outside} />
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
        <Button onClick={() => loadMe()}>Try again</Button>
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
        {pages.map(([path, component]) => (
          <Route key={path} path={path} component={component} />
        ))}
        <Route default component={Nowhere} />
      </Router>
    </Frame>
  );
}

function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
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

function Outside() {
  return (
    <main class="door">
      <Nowhere />
    </main>
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
