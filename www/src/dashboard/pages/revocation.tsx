// Whether the consumer has opted out with this company.
import { me } from "../session.ts";
import { Card } from "../ui/layout.tsx";
import { Note } from "../ui/states.tsx";
import type { Bundle } from "./bundle.ts";

export function Revocation({ bundle }: { bundle: Bundle }) {
  const revoked = bundle.state.revoked.includes(me.value?.company.id ?? "");
  return revoked ? (
    <Card title="Opt-out">
      <Note kind="amber">The consumer has opted out with your company: verifying answers so.</Note>
    </Card>
  ) : null;
}
