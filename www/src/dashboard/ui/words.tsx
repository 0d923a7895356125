// Words that strangers wrote, as text: characters that would make a reader see something else than
// what is there, or that would fill the page, are written out (as on the certificate's own page).
import type { ComponentChildren } from "preact";

/** A part of a text, in Unicode scalar values from 0; `end` is not in it. */
export interface Part {
  start: number;
  end: number;
  forbidden?: boolean;
}

/** Controls, and characters that turn the direction of what follows. */
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{2028}-\u{202e}\u{2066}-\u{2069}\u{feff}\u{fff9}-\u{fffb}]/u;
const troublesome = new RegExp(`(${hidden.source}|(?<=\\p{M}{4})\\p{M}+|(?<=\\n{3})\\n+)`, "gu");

export function Words({ text, parts = [] }: { text: string; parts?: Part[] }) {
  return <div class="words">{marked(text, parts)}</div>;
}

/** One line of such words. */
export function Inline({ text }: { text: string }) {
  return <bdi class="outside">{safe(text)}</bdi>;
}

function marked(text: string, parts: Part[]): ComponentChildren {
  if (parts.length === 0) {
    return safe(text);
  }
  const scalars = [...text];
  const cuts = new Set([0, scalars.length]);
  for (const { start, end } of parts) {
    cuts.add(Math.min(start, scalars.length)).add(Math.min(end, scalars.length));
  }
  const ends = [...cuts].sort((a, b) => a - b);
  return ends.slice(1).map((end, at) => {
    const start = ends[at] ?? 0;
    const words = safe(scalars.slice(start, end).join(""));
    const covering = parts.filter((part) => part.start <= start && part.end >= end);
    if (covering.length === 0) {
      return words;
    }
    const forbidden = covering.some((part) => part.forbidden);
    return (
      <mark key={start} class={forbidden ? "forbidden" : undefined}>
        {words}
      </mark>
    );
  });
}

function safe(text: string): ComponentChildren {
  return text.split(troublesome).map((piece, at) =>
    at % 2 === 0 ? (
      piece
    ) : (
      <span key={at} class="control">
        {writtenOut(piece)}
      </span>
    ),
  );
}

function writtenOut(piece: string): string {
  if (piece.startsWith("\n")) {
    return `${piece.length} more empty lines`;
  }
  const scalars = [...piece];
  const [first = ""] = scalars;
  return hidden.test(first)
    ? `U+${(first.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
    : `${scalars.length} more combining marks`;
}
