// Presentation facts by the names that people read, as the certificate's own page has them.

const names: Record<string, string> = {
  contrast_100: "Contrast with the background",
  distance_px: "Distance to the submit control, px",
  font_px_100: "Font size, px",
  height_px: "Height, px",
  in_viewport: "In the window when submitted",
  in_viewport_ms: "Time in the window, ms",
  interaction: "Interaction",
  left_px: "Left edge on the page, px",
  order: "Place to the submit control",
  pre_checked: "Ticked beforehand",
  submit_text: "Submit control says",
  tagged_by: "Tagged by",
  top_px: "Upper edge on the page, px",
  width_px: "Width, px",
};

/** A fact that a later release knows is shown under its own name. */
export function looksOf(facts: Record<string, unknown>): (readonly [string, string])[] {
  return Object.entries(facts).map(
    ([name, value]) => [names[name] ?? name.replaceAll("_", " "), shown(name, value)] as const,
  );
}

/** Hundredths are shown with a point; everything else as the document has it. */
function shown(name: string, value: unknown): string {
  if (typeof value === "number") {
    return name.endsWith("_100") ? (value / 100).toFixed(2) : String(value);
  }
  if (typeof value === "boolean") {
    return value ? "yes" : "no";
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
