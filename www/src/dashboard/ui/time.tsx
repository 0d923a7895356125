// Moments, as people read them here; the exact one is on hover and in the markup.
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const hour = new Intl.DateTimeFormat("en-US", { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

interface TimeProps {
  at: string;
  /** `day` leaves the hour out; `ago` counts from now. */
  as?: "minute" | "day" | "ago";
}

export function Time({ at, as = "minute" }: TimeProps) {
  const moment = new Date(at);
  const text = as === "ago" ? ago(moment) : as === "day" ? whole(day, moment) : minute(moment);
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
}

/** Breaks between day and hour, and nowhere else. */
function minute(moment: Date): string {
  return `${whole(day, moment)}, ${whole(hour, moment)}`;
}

function whole(format: Intl.DateTimeFormat, moment: Date): string {
  return format.format(moment).replaceAll(/\s/g, "\u00a0");
}

function ago(moment: Date): string {
  const distance = moment.getTime() - Date.now();
  for (const [unit, length] of units) {
    if (Math.abs(distance) >= length) {
      return relative.format(Math.round(distance / length), unit);
    }
  }
  return "just now";
}
