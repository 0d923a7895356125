// Moments, as people read them here; the exact one is on hover and in the markup.
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });
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
  const text =
    as === "ago" ? ago(moment) : as === "day" ? day.format(moment) : minute.format(moment);
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
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
