// Badges; a score's colours are the seed's: green, amber, red, grey.
import type { ComponentChildren } from "preact";
import type { Schemas } from "../api/client.ts";

export type Colour = "green" | "amber" | "red" | "grey";

export function Badge({ colour, children }: { colour: Colour; children: ComponentChildren }) {
  return <span class={`badge ${colour}`}>{children}</span>;
}

type Level = Schemas["Level"];

const levels: Record<Level, { colour: Colour; words: string }> = {
  compliant: { colour: "green", words: "Compliant" },
  partial: { colour: "amber", words: "Partial" },
  non_compliant: { colour: "red", words: "Non-compliant" },
  not_checked: { colour: "grey", words: "Not checked" },
};

interface ScoreProps {
  level: Level;
  score: number | null | undefined;
}

export function ScoreBadge({ level, score }: ScoreProps) {
  const { colour, words } = levels[level];
  return (
    <Badge colour={colour}>
      {level === "not_checked" || score === null || score === undefined
        ? words
        : `${score}% ${words}`}
    </Badge>
  );
}

/** Stands wherever a score does. */
export function NoAdvice() {
  return (
    <p class="hint">
      Scores come from automated text matching. They are not legal advice and no guarantee of
      compliance; ask your legal team.
    </p>
  );
}
