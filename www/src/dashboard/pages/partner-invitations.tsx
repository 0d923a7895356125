// Publishers that want this company as a distribution partner, until somebody answers.
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { isAdmin } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/layout.tsx";
import { Problem } from "../ui/states.tsx";
import { say } from "../ui/toast.tsx";

type Invitation = Schemas["PartnerInvitationView"];

export function PartnerInvitations() {
  return isAdmin.value ? <List /> : null;
}

function List() {
  const query = useQuery("partner invitations", () =>
    ok(api.GET("/certificate-sharing/partners/invitations")),
  );
  if (!query.data || query.data.length === 0) {
    return null;
  }
  return (
    <Card title="Invitations from publishers">
      {query.data.map((invitation) => (
        <One key={invitation.id} invitation={invitation} answered={query.reload} />
      ))}
    </Card>
  );
}

interface OneProps {
  invitation: Invitation;
  answered: () => Promise<void>;
}

function One({ invitation, answered }: OneProps) {
  const body = { id: invitation.id };
  const accept = useAction(async () => {
    await api.POST("/certificate-sharing/partners/invitations/accept", { body });
    say(`You are a partner of ${invitation.publisher_name} now.`);
    await answered();
  });
  const decline = useAction(async () => {
    await api.POST("/certificate-sharing/partners/invitations/decline", { body });
    say("Invitation declined.");
    await answered();
  });
  return (
    <div class="stack">
      <p>
        <strong class="outside">{invitation.publisher_name}</strong> wants to share certificates
        with your company
        {invitation.auto_share && ", each new one by itself"}
        {invitation.access_level === "read" && ", to view only"}.
      </p>
      <Problem failure={accept.failure ?? decline.failure} />
      <div class="actions">
        <Button kind="primary" busy={accept.busy} onClick={accept.run}>
          Accept
        </Button>
        <Button busy={decline.busy} onClick={decline.run}>
          Decline
        </Button>
      </div>
    </div>
  );
}
