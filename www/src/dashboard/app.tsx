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

/** Below /dashboard. */
const pages = [
  ["/", page(() => import("./pages/home.tsx"))],
  ["/start", page(() => import("./pages/guide.tsx"))],
  ["/properties", page(() => import("./pages/properties.tsx"))],
  ["/properties/:id", page(() => import("./pages/property.tsx"))],
  ["/certificates", page(() => import("./pages/certificates.tsx"))],
  ["/certificates/:id", page(() => import("./pages/certificate.tsx"))],
  ["/shares", page(() => import("./pages/shares.tsx"))],
  ["/opt-outs", page(() => import("./pages/opt-outs.tsx"))],
  ["/consumers", page(() => import("./pages/consumers.tsx"))],
  ["/activity", page(() => import("./pages/activity.tsx"))],
  ["/partner-certificates", page(() => import("./pages/partner-certificates.tsx"))],
  ["/partner-certificates/:id", page(() => import("./pages/partner-certificate.tsx"))],
  ["/claim", page(() => import("./pages/claim.tsx"))],
  ["/partnership", page(() => import("./pages/partnership.tsx"))],
  ["/consent-rules", page(() => import("./pages/rules.tsx"))],
  ["/consent-rules/:id", page(() => import("./pages/rule.tsx"))],
  ["/people", page(() => import("./pages/people.tsx"))],
  ["/keys", page(() => import("./pages/keys.tsx"))],
  ["/webhooks", page(() => import("./pages/webhooks.tsx"))],
  ["/webhooks/:id", page(() => import("./pages/webhook.tsx"))],
  ["/company", page(() => import("./pages/company.tsx"))],
] as const;

const SignIn = page(() => import("./doors/sign-in.tsx"));
const SignUp = page(() => import("./doors/sign-up.tsx"));
const VerifyEmail = page(() => import("./doors/verify-email.tsx"));
const ForgottenPassword = page(() => import("./doors/forgotten-password.tsx"));
const Reset = page(() => import("./doors/reset.tsx"));
const Invitation = page(() => import("./doors/invitation.tsx"));

/** Addresses that the dashboard does not answer are left to the browser. */
const own = /^\/(dashboard\/|sign-in|sign-up|verify-email|forgotten-password|reset|invitation)/;

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
      // The page's code comes meanwhile.
      const [first = "", second] = location.pathname.split("/").slice(2);
      const asked = second ? `/${first}/:id` : `/${first}`;
      void pages.find(([path]) => path === asked)?.[1].preload();
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
