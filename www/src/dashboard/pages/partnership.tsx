// The link in the mail that asks for a partnership: accepted for the company one acts for.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api } from "../api/client.ts";
import { linkToken } from "../doors/door.tsx";
import { useAction } from "../query.ts";
import { me } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Problem } from "../ui/states.tsx";
import { say } from "../ui/toast.tsx";

export default function Partnership() {
  const { route } = useLocation();
  // The token goes out of the address, where others could read it.
  const [token] = useState(() => {
    const given = linkToken();
    history.replaceState(null, "", location.pathname);
    return given;
  });
  const accept = useAction(async () => {
    await api.POST("/certificate-sharing/partners/invitations/accept", { body: { token } });
    say("You are a partner now.");
    route("/dashboard/partner-certificates");
  });
  const decline = useAction(async () => {
    await api.POST("/certificate-sharing/partners/invitations/decline", { body: { token } });
    say("Invitation declined.");
    route("/dashboard/partner-certificates");
  });
  return (
    <Page title="Become a distribution partner">
      <Card>
        <p>
          A publisher wants to share consent certificates of the leads that it sells to you. You
          accept for <strong class="outside">{me.value?.company.name}</strong>.
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
      </Card>
    </Page>
  );
}
