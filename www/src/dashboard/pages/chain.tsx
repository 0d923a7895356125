// The chain of custody, from when the certificate was made.
import { me } from "../session.ts";
import { Time } from "../ui/time.tsx";

const names: Record<string, string> = {
  created: "Created",
  signed: "Signed",
  shared: "Shared",
  share_revoked: "Share revoked",
  claimed: "Claimed",
  rejected: "Rejected by rules",
  compliance_checked: "Consent language checked",
  accessed_evidence: "Evidence viewed",
  revoked: "Consent revoked",
  restored: "Revocation taken back",
  expired: "Expired",
  erased: "Personal values erased",
};

export interface ChainEvent {
  seq: number;
  type: string;
  at: string;
  actor: string;
  hash: string;
}

export function Chain({ events }: { events: ChainEvent[] }) {
  return (
    <ol class="chain">
      {events.map((event) => (
        <li key={event.seq}>
          <strong>{names[event.type] ?? event.type}</strong>
          <span class="muted small">
            <Time at={event.at} />, {actorName(event.actor)}
          </span>
          <code class="short-id muted" title={event.hash}>
            {event.hash}
          </code>
        </li>
      ))}
    </ol>
  );
}

export function actorName(name: string): string {
  if (name === me.value?.company.id) {
    return "your company";
  }
  return name === "system" ? "eConsent" : name === "consumer" ? "the consumer" : `company ${name}`;
}
