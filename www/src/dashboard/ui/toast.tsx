// Short messages at the foot of the window, and changes that can be taken back while theirs stands.
import { signal } from "@preact/signals";
import { Failure } from "../api/client.ts";

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}

const shown = signal<Toast[]>([]);
const waiting = new Map<number, () => void>();
const patience = 6_000;
let last = 0;

function show(text: string, undo?: () => void): number {
  last += 1;
  const id = last;
  shown.value = [...shown.value, undo ? { id, text, undo } : { id, text }];
  return id;
}

function hide(id: number): void {
  shown.value = shown.value.filter((toast) => toast.id !== id);
}

export function say(text: string): void {
  const id = show(text);
  setTimeout(() => hide(id), patience);
}

interface Undoable {
  text: string;
  /** Done after some seconds, or when the page is left. */
  act: () => Promise<unknown>;
  /** Shows things as they were: after "Undo", or when the service refused. */
  restore: () => void;
}

/** Does something later, so that it can still be called off. */
export function undoable({ text, act, restore }: Undoable): void {
  const settle = () => {
    clearTimeout(timer);
    waiting.delete(id);
    hide(id);
  };
  const go = () => {
    settle();
    act().catch((error: unknown) => {
      restore();
      say(Failure.from(error).message);
    });
  };
  const id = show(text, () => {
    settle();
    restore();
  });
  const timer = setTimeout(go, patience);
  waiting.set(id, go);
}

addEventListener("pagehide", () => {
  for (const go of [...waiting.values()]) {
    go();
  }
});

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, text, undo }) => (
        <div class="toast" key={id}>
          <span class="outside">{text}</span>
          {undo && (
            <button type="button" onClick={undo}>
              Undo
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
