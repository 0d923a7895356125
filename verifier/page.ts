// The page /verify: loads the check and the public keys, and from then on asks nobody anything.
// What is dropped on it is read here, checked here, and goes nowhere.
import init, { check } from "econsent-verify-wasm";

interface Check {
  check: string;
  outcome: "passed" | "failed" | "unchecked";
  reason: string | null;
  sentence: string;
}

interface Report {
  certificate_id: string | null;
  verdict: "holds" | "expired" | "undecided" | "fails";
  checks: Check[];
}

const verdicts: Record<Report["verdict"], [title: string, sentence: string]> = {
  holds: ["This certificate holds", "Everything in it is what was signed."],
  expired: [
    "This certificate has expired",
    "Its evidence has been removed. What is left of it is what was signed.",
  ],
  undecided: [
    "This certificate cannot be judged",
    "Something that is needed could not be checked.",
  ],
  fails: ["This certificate does not hold", "Something in it is not what was signed."],
};
const outcomes: Record<Check["outcome"], string> = {
  passed: "Holds",
  failed: "Does not hold",
  unchecked: "Not checked",
};

const largest = 32 * 1024 * 1024;

function element<E extends Element>(selector: string): E {
  const found = document.querySelector<E>(selector);
  if (!found) {
    throw new Error(`the page has no ${selector}`);
  }
  return found;
}

const drop = element<HTMLElement>("#drop");
const file = element<HTMLInputElement>("#file");
const keys = element<HTMLInputElement>("#keys");
const keysNote = element<HTMLElement>("#keys-note");
const result = element<HTMLElement>("#result");

let jwks = "";

function say(className: string, title: string, sentence: string): HTMLElement {
  const banner = document.createElement("div");
  banner.className = `banner ${className}`;
  const strong = document.createElement("strong");
  strong.textContent = title;
  const p = document.createElement("p");
  p.textContent = sentence;
  banner.append(strong, p);
  return banner;
}

function show(report: Report): void {
  const [title, sentence] = verdicts[report.verdict];
  const id = document.createElement("p");
  const code = document.createElement("code");
  code.className = "hex";
  code.textContent = report.certificate_id;
  id.append(code);
  const list = document.createElement("ul");
  list.className = "checks";
  for (const { check, outcome, reason, sentence } of report.checks) {
    const item = document.createElement("li");
    item.className = outcome;
    const b = document.createElement("b");
    b.textContent = outcomes[outcome];
    const name = document.createElement("code");
    name.textContent = check;
    item.append(b, ` ${sentence}. `, name);
    if (reason) {
      const i = document.createElement("i");
      i.textContent = ` (${reason})`;
      item.append(i);
    }
    list.append(item);
  }
  result.replaceChildren(say(report.verdict, title, sentence), id, list);
}

async function read(chosen: File): Promise<void> {
  if (chosen.size > largest) {
    result.replaceChildren(say("undecided", "This is no certificate", "The file is too large."));
    return;
  }
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  try {
    const report = JSON.parse(check(bytes, jwks)) as Report | { error: string };
    if ("error" in report) {
      result.replaceChildren(say("undecided", "There is nothing to check", report.error));
    } else {
      show(report);
    }
  } catch {
    // A file made to break the reader breaks this page at most; loading it again mends it.
    const sentence = "The file cannot be read. Please load this page again before the next one.";
    result.replaceChildren(say("fails", "This is no certificate", sentence));
  }
}

file.addEventListener("change", () => {
  const [chosen] = file.files ?? [];
  if (chosen) {
    void read(chosen);
  }
});
keys.addEventListener("change", async () => {
  const [chosen] = keys.files ?? [];
  if (chosen) {
    jwks = await chosen.text();
    keysNote.textContent = `The keys in ${chosen.name} are used.`;
  }
});
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const chosen = event.dataTransfer?.files[0];
  if (chosen) {
    void read(chosen);
  }
});

const [module, published] = await Promise.all([
  fetch(new URL("econsent_verify_bg.wasm", import.meta.url)).then((answer) => answer.arrayBuffer()),
  fetch("/.well-known/jwks.json").then((answer) => (answer.ok ? answer.text() : "")),
]);
await init({ module_or_path: await WebAssembly.compile(module) });
jwks = published;
keysNote.textContent = published
  ? "The keys that this service publishes are used, as they were when this page was loaded."
  : "The published keys could not be loaded: choose a file of keys.";
file.disabled = false;
document.documentElement.dataset.ready = "";
