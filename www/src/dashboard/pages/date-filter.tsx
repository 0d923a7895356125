// When certificates were received: the last days by one choice, or from one day to another. The
// fields for days are there when they are asked for: a browser takes long to draw them.
import { useState } from "preact/hooks";
import { SelectField, TextField } from "../ui/field.tsx";

export interface Days {
  /** As the service takes them: days of UTC, both included; empty for any. */
  from: string;
  to: string;
}

const chosen = "chosen";
const spans = [
  ["", "Any time"],
  ["1", "Today"],
  ["7", "Last 7 days"],
  ["30", "Last 30 days"],
  ["90", "Last 90 days"],
  [chosen, "From … to …"],
] as const;

/** The first of so many days, the last of which is today. */
function firstOf(days: string): string {
  const date = new Date();
  date.setUTCDate(date.getUTCDate() + 1 - Number(days));
  return date.toISOString().slice(0, 10);
}

interface DateFilterProps extends Days {
  change: (days: Days) => void;
}

export function DateFilter({ from, to, change }: DateFilterProps) {
  const [isChoosing, setChoosing] = useState(false);
  const [span = chosen] =
    spans.find(([days]) => !to && from === (Number(days) ? firstOf(days) : "")) ?? [];
  const shown = isChoosing ? chosen : span;
  const choose = (next: string) => {
    setChoosing(next === chosen);
    if (next !== chosen) {
      change({ from: next && firstOf(next), to: "" });
    }
  };
  return (
    <>
      <SelectField label="Received" value={shown} onInput={choose} options={spans} />
      {shown === chosen && (
        <div class="days">
          <TextField
            label="From"
            type="date"
            value={from}
            onInput={(from) => change({ from, to })}
          />
          <TextField label="To" type="date" value={to} onInput={(to) => change({ from, to })} />
        </div>
      )}
    </>
  );
}
