// The tagged elements of the page, known before a submit asks for them: the page is searched again
// only when it has changed, so that a submit costs what is tagged and not what is there.
import { allWithin, take } from "./dom.ts";
import { adopted, isSteady, tagging, tags } from "./tags.ts";

const observe = take(MutationObserver, "observe");
const takeRecords = take(MutationObserver, "takeRecords");

let found: Element[] | undefined;
let foundBy: unknown;
let followed = 0;
let observer: MutationObserver;
let tell: () => void;

const changed = () => {
  found = undefined;
  tell();
};

/** Calls `hear` whenever the page has changed. */
export function followChanges(hear: () => void): void {
  tell = hear;
  observer = new MutationObserver(changed);
}

/** The elements that are tagged now, in document order, those of shadow roots after the document's. */
export function tagged(roots: Node[]): Element[] {
  if (takeRecords(observer).length) {
    changed();
  }
  if (adopted() !== foundBy) {
    foundBy = adopted();
    followed = 0;
  }
  for (; followed < roots.length; followed += 1) {
    const what = { childList: true, subtree: true, attributeFilter: tagging() };
    observe(observer, roots[followed], what);
    found = undefined;
  }
  if (!found || !isSteady()) {
    found = roots.flatMap((root) => [...allWithin(root, tags())]);
  }
  return found;
}
