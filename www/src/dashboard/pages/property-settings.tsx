// The settings of a website: where it may be used, what counts as consent, how long evidence stays.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction } from "../query.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, Choices, ListField, SelectField, TextField } from "../ui/field.tsx";
import { Card } from "../ui/layout.tsx";
import { Note, Problem } from "../ui/states.tsx";
import { say } from "../ui/toast.tsx";
import { ConsentSelectors } from "./consent-selectors.tsx";

type Property = Schemas["PropertyView"];
type Term = Schemas["Term"];

export const terms = [
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["60d", "60 days"],
  ["1y", "1 year"],
  ["3y", "3 years"],
  ["5y", "5 years"],
] as const satisfies readonly (readonly [Term, string])[];

const uses: Record<Term, string> = {
  "7d": "Testing and development.",
  "30d": "Short-term campaigns.",
  "60d": "Standard campaigns.",
  "1y": "Extended compliance.",
  "3y": "Long-term retention.",
  "5y": "As long as 16 CFR 310.5 asks sellers to keep proof of consent.",
};

interface SettingsProps {
  property: Property;
  saved: (property: Property) => void;
}

export function PropertySettings({ property, saved }: SettingsProps) {
  const [settings, setSettings] = useState(property);
  const change = (some: Partial<Property>) => setSettings({ ...settings, ...some });
  const action = useAction(async () => {
    const { id, created_at: _, warnings: __, snippet: ___, ...body } = settings;
    const stored = await ok(api.PUT("/api/properties/{id}", { params: { path: { id } }, body }));
    setSettings(stored);
    saved(stored);
    say("Settings saved.");
  });
  return (
    <Card title="Settings">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={128}
          value={settings.name}
          onInput={(name) => change({ name })}
        />
        <ListField
          label="Addresses"
          placeholder="https://forms.example.com"
          hint="Press Enter after each. *.example.com allows every name below it. None switches the property off."
          values={settings.origins}
          onChange={(origins) => change({ origins })}
        />
        <SelectField
          label="Retention"
          value={settings.retention}
          onInput={(retention) => change({ retention: retention as Term })}
          options={terms}
          hint={uses[settings.retention]}
        />
        {settings.retention !== "5y" && (
          <Note kind="amber" live>
            Below five years. 16 CFR 310.5 asks sellers to keep proof of consent for five years;
            evidence that nobody claimed goes earlier here.
          </Note>
        )}
        <ConsentSelectors
          values={settings.consent_selectors}
          onChange={(consent_selectors) => change({ consent_selectors })}
        />
        <ListField
          label="Unmasked fields"
          placeholder="#zip"
          hint="CSS selectors of fields that a recording may show. Every other field is masked; passwords and card numbers always are."
          values={settings.unmasked}
          onChange={(unmasked) => change({ unmasked })}
        />
        <TextField
          label="Country code of phone numbers"
          hint="Taken to stand before numbers that are typed without one: 1 for the United States and Canada."
          required
          value={settings.calling_code}
          onInput={(calling_code) => change({ calling_code })}
        />
        <Choices
          legend="Public page of certificates"
          value={settings.public_level}
          onChange={(public_level) => change({ public_level })}
          options={[
            {
              value: "full",
              label: "Full",
              hint: "Consent evidence, masked metadata, both signatures.",
            },
            { value: "reduced", label: "Reduced", hint: "Ids, times and status." },
          ]}
        />
        <CheckField
          label="Record sessions"
          hint="So that a certificate can be replayed. What visitors type is masked."
          checked={settings.recording}
          onChange={(recording) => change({ recording })}
        />
        <CheckField
          label="Record only after a notice was shown"
          hint="Where wiretap law asks for consent before a session is recorded."
          checked={settings.record_after_notice}
          onChange={(record_after_notice) => change({ record_after_notice })}
        />
        <Problem failure={action.failure} />
        <div class="actions">
          <Button kind="primary" busy={action.busy}>
            Save settings
          </Button>
        </div>
      </form>
    </Card>
  );
}
