// Text that is there to be copied.
import { useState } from "preact/hooks";
import { Button } from "./button.tsx";

/** The clipboard is there on secure pages only; selecting and copying works everywhere. */
async function toClipboard(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "out-of-sight";
  const place = document.querySelector("dialog[open]") ?? document.body;
  place.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

interface CopyProps {
  value: string;
  /** What it is, for those who hear the page. */
  label: string;
}

export function Copy({ value, label }: CopyProps) {
  return (
    <div class="copy">
      <code>{value}</code>
      <CopyButton value={value} label={label} />
    </div>
  );
}

export function CopyButton({ value, label }: CopyProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await toClipboard(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <Button
      compact
      {...(copied ? { icon: "check" as const } : {})}
      onClick={copy}
      label={`${copied ? "Copied" : "Copy"} ${label}`}
    >
      <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
    </Button>
  );
}
