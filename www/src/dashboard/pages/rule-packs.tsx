// Starter packs: rules to begin from, each with the law that it follows.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { me } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Loaded, Note, Problem } from "../ui/states.tsx";
import { say } from "../ui/toast.tsx";
import { phraseText } from "./rule-phrases.ts";

type Pack = Schemas["PackView"];

interface PacksProps {
  onClose: () => void;
  added: () => Promise<void>;
}

export function Packs({ onClose, added }: PacksProps) {
  const [seller, setSeller] = useState(me.value?.company.name ?? "");
  const query = useQuery(`packs ${seller}`, () =>
    ok(
      api.GET("/certificate-sharing/consent-rules/packs", {
        params: { query: seller.trim() ? { seller: seller.trim() } : {} },
      }),
    ),
  );
  return (
    <Dialog title="Start from a pack" wide onClose={onClose}>
      <TextField
        label="Your company's name, as disclosures have it"
        value={seller}
        onInput={setSeller}
      />
      <Loaded query={query}>
        {(packs) => (
          <>
            {packs[0] && <Note>{packs[0].notice}</Note>}
            {packs.map((pack) => (
              <PackCard key={pack.pack} pack={pack} added={added} onClose={onClose} />
            ))}
          </>
        )}
      </Loaded>
    </Dialog>
  );
}

function PackCard({ pack, added, onClose }: PacksProps & { pack: Pack }) {
  const action = useAction(async () => {
    for (const body of pack.rules) {
      await api.POST("/certificate-sharing/consent-rules", { body });
    }
    await added();
    onClose();
    say(`Rules of “${pack.title}” created.`);
  });
  return (
    <section class="card" aria-label={pack.title}>
      <div class="card-head">
        <div>
          <h3>{pack.title}</h3>
          <p>
            As of {pack.as_of}.{" "}
            {pack.sources.map(({ citation, url }, at) => (
              <span key={url}>
                {at > 0 && ", "}
                <a href={url} target="_blank" rel="noopener noreferrer">
                  {citation}
                </a>
              </span>
            ))}
          </p>
        </div>
        <Button busy={action.busy} onClick={action.run} label={`Use ${pack.title}`}>
          Use this pack
        </Button>
      </div>
      <div class="card-body">
        <p class="small">{pack.about}</p>
        {pack.rules.map((rule) => (
          <div key={rule.rule_name}>
            <h3 class="outside">{rule.rule_name}</h3>
            <ul class="chips">
              {(rule.required_phrases ?? []).map((phrase) => (
                <li class="chip plain" key={phraseText(phrase)}>
                  <span class="outside">{phraseText(phrase)}</span>
                </li>
              ))}
            </ul>
          </div>
        ))}
        <Problem failure={action.failure} />
      </div>
    </section>
  );
}
