// Who is signed in, for which company, and what they may do there.
import { computed, signal } from "@preact/signals";
import { api, Failure, ok, onSignedOut, type Schemas } from "./api/client.ts";

export type Me = Schemas["Me"];
export type Role = Schemas["Role"];

/** Undefined until it is known, null when nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined);
/** Why it could not be found out. */
export const meFailure = signal<Failure | null>(null);

/** Roles as people read them. */
export const roleNames: Record<Role, string> = { member: "Member", admin: "Admin", owner: "Owner" };

const order: Role[] = ["member", "admin", "owner"];

function atLeast(role: Role): boolean {
  const mine = me.value?.role;
  return mine !== undefined && mine !== null && order.indexOf(mine) >= order.indexOf(role);
}

/** Properties, partners, rules, webhooks, people, keys: what takes an admin (the service decides;
 * this only hides what it would refuse). */
export const isAdmin = computed(() => atLeast("admin"));
export const isOwner = computed(() => atLeast("owner"));

let signedOut = false;

onSignedOut(() => {
  signedOut = true;
  me.value = null;
});

let asking: Promise<void> | undefined;

/** Asks once at a time; who it is is known when `along`, if given, is through as well. */
export function loadMe(along?: Promise<void>): Promise<void> {
  asking ??= askForMe(along).finally(() => {
    asking = undefined;
  });
  return asking;
}

async function askForMe(along?: Promise<void>): Promise<void> {
  meFailure.value = null;
  signedOut = false;
  try {
    const told = await ok(api.GET("/api/auth/me"));
    await along;
    // What came along may have been refused.
    me.value = signedOut ? null : told;
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.status === 401 || failure.code === "no_company") {
      me.value = null;
    } else {
      meFailure.value = failure;
    }
  }
}

export async function signOut(): Promise<void> {
  await api.POST("/api/auth/sign-out");
  // A new page, so that nothing of this company stays in memory.
  location.assign("/sign-in");
}

export async function switchCompany(id: string): Promise<void> {
  await api.POST("/api/auth/switch", { body: { company_id: id } });
  location.assign("/dashboard/");
}

/** Where to go on after signing in: only to an address of this site. */
export function nextAddress(asked: string | undefined): string {
  const home = "/dashboard/";
  if (!asked?.startsWith("/")) {
    return home;
  }
  try {
    const url = new URL(asked, location.origin);
    return url.origin === location.origin ? url.pathname + url.search + url.hash : home;
  } catch {
    return home;
  }
}

/** The page to sign in on, that leads back here. */
export function signInAddress(): string {
  // What is behind the # may be a token: it goes along, and is in no server's log here either.
  const here = location.pathname + location.search + location.hash;
  return `/sign-in?next=${encodeURIComponent(here)}`;
}
