// What the company does about the consumer of one certificate: an opt-out is noted and taken back,
// personal values are erased (contract: retention, revocation, erasure).
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { isAdmin, me } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/layout.tsx";
import { Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { say } from "../ui/toast.tsx";
import type { ChainEvent } from "./chain.tsx";
import { Reason } from "./reason.tsx";

type Act = "revoke" | "restore" | "erase";

interface ConsumerProps {
  certificate: string;
  events: ChainEvent[];
  changed: () => Promise<void>;
}

export function Consumer({ certificate, events, changed }: ConsumerProps) {
  const [asking, setAsking] = useState<Act>();
  const ours = events.filter(({ actor }) => actor === me.value?.company.id);
  const last = ours.filter(({ type }) => type === "revoked" || type === "restored").at(-1);
  const revoked = last?.type === "revoked" ? last.at : undefined;
  const erased = ours.some(({ type }) => type === "erased");
  if (!isAdmin.value && !revoked) {
    return null;
  }
  return (
    <Card title="Consumer">
      {revoked ? (
        <Note kind="amber">
          Opted out with your company <Time at={revoked} />: verifying answers so.
        </Note>
      ) : (
        <p class="muted">Has not opted out with your company.</p>
      )}
      {isAdmin.value && (
        <div class="actions">
          <Button compact onClick={() => setAsking(revoked ? "restore" : "revoke")}>
            {revoked ? "Take the opt-out back" : "Note an opt-out"}
          </Button>
          {erased ? (
            <span class="muted">Personal values erased</span>
          ) : (
            <Button compact kind="quiet" onClick={() => setAsking("erase")}>
              Erase personal values
            </Button>
          )}
        </div>
      )}
      {asking && (
        <Ask
          act={asking}
          certificate={certificate}
          changed={changed}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Card>
  );
}

const words = {
  revoke: {
    title: "Note that the consumer has opted out?",
    verb: "Note opt-out",
    text: "From then on verifying this certificate answers “opted out” to your company. What was valid before stays in the evidence, and you can take it back.",
    done: "Opt-out noted.",
  },
  restore: {
    title: "Take the opt-out back?",
    verb: "Take back",
    text: "For consent that the consumer has given anew. Both stay in the chain of custody.",
    done: "Opt-out taken back.",
  },
  erase: {
    title: "Erase this consumer's personal values?",
    verb: "Erase",
    text: "Address, browser, phone and e-mail that your company holds with this certificate are deleted, and so is the recording of the visit. This cannot be undone. The certificate and its signatures still hold.",
    done: "Personal values erased.",
  },
} satisfies Record<Act, object>;

interface AskProps {
  act: Act;
  certificate: string;
  changed: () => Promise<void>;
  onClose: () => void;
}

function Ask({ act, certificate, changed, onClose }: AskProps) {
  const { title, verb, text, done } = words[act];
  return (
    <Reason
      title={title}
      verb={verb}
      danger={act === "erase"}
      onClose={onClose}
      act={async (reason) => {
        const asked = { params: { path: { id: certificate } }, body: reason ? { reason } : {} };
        await (act === "revoke"
          ? api.POST("/api/certificates/{id}/revoke", asked)
          : act === "restore"
            ? api.POST("/api/certificates/{id}/restore", asked)
            : api.POST("/api/certificates/{id}/erase", asked));
        say(done);
        await changed();
      }}
    >
      {text}
    </Reason>
  );
}
