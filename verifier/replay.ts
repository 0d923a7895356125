// The page /certificate/{id}/replay: fetches a recording, holds every chunk against the manifest that
// the certificate sealed, by the same code as the service, and plays it. What does not hold is not
// played: a recording that was changed is nobody's session.
import init, { Recording } from "econsent-verify-wasm";
import { Player } from "rrweb-player";
import { consents, type Event, eventsOf, films, firstUsable, marksOf, playable } from "./events.ts";

interface Manifest {
  recording_hash: string | null;
  manifest: string | null;
  state: string | null;
}

/** Fetched at the same time. */
const atOnce = 4;
const jump = 5000;
const speeds = [1, 2, 4, 8];
const colours: Record<string, string> = {
  "consent shown": "#0a6b9a",
  "checkbox changed": "#9a5b00",
  submit: "#1a7f37",
};

function element<E extends Element>(selector: string): E {
  const found = document.querySelector<E>(selector);
  if (!found) {
    throw new Error(`the page has no ${selector}`);
  }
  return found;
}

const query = new URLSearchParams(location.search);
const link = query.get("link");
const base = `/certificate/${document.body.dataset.certificate}/replay`;
const address = (part: string) => `${base}/${part}${link ? `?link=${link}` : ""}`;

function say(className: string, title: string, sentence: string): void {
  const strong = document.createElement("strong");
  strong.textContent = title;
  const p = document.createElement("p");
  p.textContent = sentence;
  const banner = element<HTMLElement>("#verdict");
  banner.className = `banner ${className}`;
  banner.replaceChildren(strong, p);
}

/** Says what the recording is; false when there is nothing that may be played. */
function judge(verdict: string): boolean {
  if (verdict === "complete") {
    say(
      "holds",
      "Recording complete",
      "Everything that the certificate sealed is here, and every chunk has its digest.",
    );
    return true;
  }
  if (verdict.startsWith("missing")) {
    const count = verdict.slice("missing ".length);
    say(
      "undecided",
      `Recording incomplete: missing ${count}`,
      `${count} of its chunks have not arrived or are gone. What is shown cannot be held against ` +
        "the seal without them.",
    );
    return true;
  }
  if (verdict === "gone") {
    say("expired", "Recording gone", "Its time is over, or it was erased.");
  } else if (verdict === "none") {
    say("undecided", "No recording", "This certificate was issued without one.");
  } else {
    say(
      "fails",
      "Recording changed",
      "What is stored is not what the certificate sealed. It is not shown, since it is not this " +
        "session as it was.",
    );
  }
  return false;
}

/** Every chunk that the manifest seals, held against it; those that are not there are missing. */
async function read(sealed: Manifest): Promise<[verdict: string, pages: Event[][]]> {
  const text = sealed.manifest ?? "";
  const recording = new Recording(text, sealed.recording_hash ?? "");
  if (!recording.readable()) {
    return ["changed", []];
  }
  const { streams } = JSON.parse(text) as { streams: { stream: string; chunks: number }[] };
  const pages: Event[][][] = streams.map(({ chunks }) => Array(chunks).fill([]));
  const waiting = streams.flatMap(({ stream, chunks }, page) =>
    Array.from({ length: chunks }, (_, number) => ({ stream, number, page })),
  );
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { stream, number, page } = next;
      const answer = await fetch(address(`${stream}.${number}`));
      if (answer.status === 404) {
        continue;
      }
      if (!answer.ok) {
        throw new Error(`${answer.status}`);
      }
      const bytes = new Uint8Array(await answer.arrayBuffer());
      // Bytes that are not what they were are not even parsed.
      if (recording.chunk(stream, number, bytes)) {
        (pages[page] ?? [])[number] = eventsOf(bytes);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return [recording.verdict(), pages.map((chunks) => playable(chunks.flat()))];
}

function time(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
}

/** What players have of Svelte, and the library's types leave out. */
interface Component {
  $set(props: object): void;
  $destroy(): void;
}

let player: (Player & Component) | undefined;
/** Where the film that plays begins to show something. */
let start = 0;

/** As wide as the page lets it be. */
function size(): { width: number; height: number } {
  const width = Math.min(element("#player").clientWidth, 1200);
  return { width, height: Math.round((width * 9) / 16) };
}

function play(film: Event[]): void {
  const target = element<HTMLElement>("#player");
  player?.$destroy();
  target.replaceChildren();
  player = new Player({
    target,
    props: {
      events: film as never,
      ...size(),
      autoPlay: false,
      speedOption: speeds,
      skipInactive: true,
      showWarning: false,
      UNSAFE_replayCanvas: false,
      tags: colours,
      insertStyleRules: [
        `${consents}{outline:3px solid #0a6b9a!important;outline-offset:3px!important}`,
      ],
    },
  }) as Player & Component;
  // A replayer that is paused at an event has not played it.
  start = firstUsable(film) + 1;
  player.goto(linked() ?? start, false);
  element<HTMLElement>("#marks").replaceChildren(
    ...marksOf(film).map(({ tag, at, payload }) => {
      const button = document.createElement("button");
      const state = "checked" in payload ? (payload.checked ? " (ticked)" : " (unticked)") : "";
      button.textContent = `${time(at)} ${tag}${state}`;
      button.style.borderLeftColor = colours[tag] ?? "#666";
      button.addEventListener("click", () => player?.goto(at, false));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}

/** The moment that the address names, as `#t=12.5` in seconds (W3C Media Fragments URI §4.2.1). */
function linked(): number | undefined {
  const [, seconds] = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash) ?? [];
  return seconds === undefined ? undefined : Math.max(Math.round(Number(seconds) * 1000), start);
}

function choose(all: Event[][]): void {
  const [first] = all;
  if (!first) {
    return;
  }
  element<HTMLElement>("#about").hidden = false;
  if (all.length > 1) {
    const buttons = all.map((film, at) => {
      const button = document.createElement("button");
      button.textContent = `Tab ${at + 1}`;
      button.addEventListener("click", () => play(film));
      return button;
    });
    element<HTMLElement>("#pages").replaceChildren(...buttons);
  }
  play(first);
}

function onKey(event: KeyboardEvent): void {
  if (!player || event.ctrlKey || event.altKey || event.metaKey) {
    return;
  }
  const now = () => player?.getReplayer().getCurrentTime() ?? 0;
  const keys: Record<string, () => void> = {
    " ": () => player?.toggle(),
    ArrowLeft: () => player?.goto(Math.max(now() - jump, start)),
    ArrowRight: () => player?.goto(now() + jump),
    s: () => player?.toggleSkipInactive(),
    f: () => player?.toggleFullscreen(),
  };
  speeds.forEach((factor, at) => {
    keys[`${at + 1}`] = () => player?.setSpeed(factor);
  });
  const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const inButton = event.key === " " && event.target instanceof HTMLButtonElement;
  if (action && !inButton) {
    event.preventDefault();
    action();
  }
}

async function begin(): Promise<void> {
  const remote = new URLSearchParams(query);
  remote.set("remote", "1");
  element<HTMLAnchorElement>("#remote").href = `?${remote}`;
  const [answer, module] = await Promise.all([
    fetch(address("manifest")),
    WebAssembly.compileStreaming(fetch("/verifier/econsent_verify_bg.wasm")),
  ]);
  if (!answer.ok) {
    throw new Error(`${answer.status}`);
  }
  await init({ module_or_path: module });
  const sealed = (await answer.json()) as Manifest;
  if (sealed.manifest === null || sealed.state === "gone" || sealed.state === "changed") {
    judge(sealed.state ?? "none");
    return;
  }
  const [verdict, pages] = await read(sealed);
  if (judge(verdict)) {
    choose(films(pages));
  }
}

document.addEventListener("keydown", onKey);
// A phone is turned. A screen that is filled is the player's own concern.
addEventListener("resize", () => {
  if (!document.fullscreenElement) {
    player?.$set(size());
    player?.triggerResize();
  }
});
addEventListener("hashchange", () => {
  const moment = linked();
  if (moment !== undefined) {
    player?.goto(moment, false);
  }
});
begin().catch((cause) => {
  console.error(cause);
  say("fails", "The recording could not be read", "Please try again, or reload the page.");
});
