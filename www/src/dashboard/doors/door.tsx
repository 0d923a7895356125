// The pages around signing in: one card in the middle.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Schemas } from "../api/client.ts";
import { me, nextAddress } from "../session.ts";

interface DoorProps {
  title: string;
  about?: ComponentChildren;
  children: ComponentChildren;
  foot?: ComponentChildren;
}

export function Door({ title, about, children, foot }: DoorProps) {
  useEffect(() => {
    document.title = `${title} · eConsent`;
  }, [title]);
  return (
    <div class="door">
      <main>
        <a class="brand" href="/sign-in">
          <img src="/favicon.svg" alt="" />
          eConsent
        </a>
        <div class="card">
          <div class="card-body">
            <div>
              <h1>{title}</h1>
              {about && <p class="muted">{about}</p>}
            </div>
            {children}
          </div>
        </div>
        {foot && <p class="door-foot">{foot}</p>}
      </main>
    </div>
  );
}

/** The token of a link in a mail: behind the #, so that it is in no server's log. */
export function linkToken(): string {
  return location.hash.slice(1);
}

/** Goes on as somebody who has just signed in. */
export function enter(who: Schemas["Me"], next?: string): void {
  me.value = who;
  // A new document: the token is gone from the address, and nothing of before stays in memory.
  location.replace(nextAddress(next));
}
