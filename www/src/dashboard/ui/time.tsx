// Moments, as people read them here; the exact one is on hover and in the markup.
// Written here, as Intl would: its formats take a phone's browser a tenth of a second to make.
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

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
  const text = as === "ago" ? ago(moment) : as === "day" ? day(moment) : minute(moment);
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
}

/** Breaks between day and hour, and nowhere else. */
function minute(moment: Date): string {
  const hours = moment.getHours();
  const minutes = String(moment.getMinutes()).padStart(2, "0");
  return `${day(moment)}, ${hours % 12 || 12}:${minutes}\u00a0${hours < 12 ? "AM" : "PM"}`;
}

function day(moment: Date): string {
  return `${months[moment.getMonth()]}\u00a0${moment.getDate()},\u00a0${moment.getFullYear()}`;
}

function ago(moment: Date): string {
  // Made when it is needed: most pages never do, and it takes the browser milliseconds.
  const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });
  const distance = moment.getTime() - Date.now();
  for (const [unit, length] of units) {
    if (Math.abs(distance) >= length) {
      return relative.format(Math.round(distance / length), unit);
    }
  }
  return "just now";
}
