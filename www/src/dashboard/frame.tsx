// What stands around every page: the ways to the others, the company, and who is signed in.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { useAction } from "./query.ts";
import { isAdmin, type Me, signOut, switchCompany } from "./session.ts";
import { ThemeSwitch } from "./theme.tsx";
import { Button } from "./ui/button.tsx";
import { CopyButton } from "./ui/copy.tsx";
import { SelectField } from "./ui/field.tsx";
import { Icon, type IconName } from "./ui/icon.tsx";

interface Way {
  href: string;
  name: string;
  icon: IconName;
  /** For owners and admins. */
  admin?: boolean;
}

const ways: { name: string; ways: Way[] }[] = [
  {
    name: "Publishing",
    ways: [
      { href: "/dashboard/certificates", name: "Certificates", icon: "certificate" },
      { href: "/dashboard/shares", name: "Shares", icon: "share" },
      { href: "/dashboard/properties", name: "Properties", icon: "property", admin: true },
      { href: "/dashboard/activity", name: "Activity", icon: "chart" },
    ],
  },
  {
    name: "Buying",
    ways: [
      { href: "/dashboard/partner-certificates", name: "Partner Certificates", icon: "inbox" },
      { href: "/dashboard/consent-rules", name: "Consent rules", icon: "rules" },
    ],
  },
  {
    name: "Consumers",
    ways: [
      { href: "/dashboard/opt-outs", name: "Opt-out requests", icon: "bell", admin: true },
      { href: "/dashboard/consumers", name: "Revoke and erase", icon: "optOut", admin: true },
    ],
  },
  {
    name: "Account",
    ways: [
      { href: "/dashboard/company", name: "Company", icon: "company" },
      { href: "/dashboard/people", name: "People", icon: "people", admin: true },
      { href: "/dashboard/keys", name: "API keys", icon: "key", admin: true },
      { href: "/dashboard/webhooks", name: "Webhooks", icon: "webhook", admin: true },
    ],
  },
];

/** What the role leaves out, and groups of which nothing is left. */
function waysOf(admin: boolean) {
  return ways
    .map(({ name, ways }) => ({ name, ways: ways.filter((way) => admin || !way.admin) }))
    .filter(({ ways }) => ways.length > 0);
}

export function Frame({ me, children }: { me: Me; children: ComponentChildren }) {
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <div class="frame">
      <a class="skip" href="#content">
        Skip to the page
      </a>
      <header class="banner">
        <div class="topbar">
          <Brand />
          <button
            class="button quiet"
            type="button"
            aria-expanded={open}
            aria-controls="menu"
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? "cross" : "menu"} />
            Menu
          </button>
        </div>
        <div class={`sidebar ${open ? "open" : ""}`} id="menu">
          <Brand />
          <nav aria-label="Pages">
            <ul>
              <Link way={{ href: "/dashboard", name: "Overview", icon: "home" }} path={path} />
            </ul>
            {waysOf(isAdmin.value).map((group) => (
              <div key={group.name}>
                <h2>{group.name}</h2>
                <ul>
                  {group.ways.map((way) => (
                    <Link key={way.href} way={way} path={path} />
                  ))}
                </ul>
              </div>
            ))}
          </nav>
          <Who me={me} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Brand() {
  return (
    <a class="brand" href="/dashboard/">
      <img src="/favicon.svg" alt="" />
      eConsent
    </a>
  );
}

function Link({ way: { href, name, icon }, path }: { way: Way; path: string }) {
  const here = path === href || (href !== "/dashboard" && path.startsWith(`${href}/`));
  return (
    <li>
      <a
        href={href === "/dashboard" ? "/dashboard/" : href}
        aria-current={here ? "page" : undefined}
      >
        <Icon name={icon} />
        {name}
      </a>
    </li>
  );
}

function Who({ me }: { me: Me }) {
  const out = useAction(signOut);
  const change = useAction(switchCompany);
  return (
    <div class="who">
      {me.companies.length > 1 ? (
        <SelectField
          label="Company"
          value={me.company.id}
          onInput={(id) => void change.run(id)}
          options={me.companies.map(({ id, name }) => [id, name] as const)}
        />
      ) : (
        <div class="outside">
          <strong>{me.company.name}</strong>
        </div>
      )}
      <div class="who-row">
        <span class="muted">Company ID</span>
        <CopyButton value={me.company.id} label="company ID" />
      </div>
      <div class="muted outside">{me.user?.email}</div>
      <div class="who-row">
        <ThemeSwitch />
        <Button kind="quiet" compact icon="out" busy={out.busy} onClick={out.run}>
          Sign out
        </Button>
      </div>
    </div>
  );
}
