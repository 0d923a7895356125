// What a rule would say, while it is written: nothing is saved.
import { useEffect, useState } from "preact/hooks";
import { api, Failure, ok, type Schemas } from "../api/client.ts";
import { ScoreBadge } from "../ui/badge.tsx";
import { AreaField } from "../ui/field.tsx";
import { Card } from "../ui/layout.tsx";
import { Note } from "../ui/states.tsx";
import { Words } from "../ui/words.tsx";
import { Phrases, partsOf } from "./compliance.tsx";

type Draft = Schemas["RuleDraft"];
type Answer = Schemas["RulePreview"];

/** Typing stops for so long before the service is asked. */
const pause = 350;

export function Preview({ rule }: { rule: Draft }) {
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<Answer>();
  const [failure, setFailure] = useState<Failure>();
  const asked = JSON.stringify(rule);
  useEffect(() => {
    const draft = JSON.parse(asked) as Draft;
    // Without a disclosure to try, a full text is tried on itself: that shows its sentences.
    const words = text.trim() || draft.full_text?.trim() || "";
    const looks =
      draft.full_text || draft.required_phrases?.length || draft.forbidden_phrases?.length;
    if (words === "" || !looks) {
      setAnswer(undefined);
      setFailure(undefined);
      return;
    }
    let current = true;
    const timer = setTimeout(async () => {
      try {
        const body = {
          rule: { ...draft, rule_name: draft.rule_name.trim() || "Preview" },
          text: words,
          states: draft.states ?? [],
        };
        const told = await ok(api.POST("/certificate-sharing/consent-rules/preview", { body }));
        if (current) {
          setAnswer(told);
          setFailure(undefined);
        }
      } catch (error) {
        if (current) {
          setFailure(Failure.from(error));
        }
      }
    }, pause);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked, text]);
  return (
    <Card title="Preview" about="Nothing is saved.">
      <AreaField
        label="A disclosure to try it on"
        hint="Paste what a publisher's form says."
        value={text}
        onInput={setText}
      />
      {failure && <Note kind="amber">{failure.message}</Note>}
      {answer && (
        <div class="stack" role="status">
          <div>
            <ScoreBadge level={answer.level} score={answer.score} />
          </div>
          {answer.rules.map((result) => (
            <Phrases key={result.rule_name} result={result} />
          ))}
          {text.trim() !== "" &&
            answer.consents.map((consent, at) => (
              <Words key={consent.id} text={consent.text} parts={partsOf(answer.rules, at)} />
            ))}
        </div>
      )}
    </Card>
  );
}
