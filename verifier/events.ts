// A recording's events as they are played: the pages in their order, and nothing in them that could
// do more than look. What was captured stays as it is; this is a copy for the screen.

// biome-ignore lint/suspicious/noExplicitAny: events are a stranger's until they are played
type Any = any;

export interface Event {
  type: number;
  timestamp: number;
  data: Any;
}

export interface Mark {
  /** `consent shown`, `checkbox changed` or `submit`. */
  tag: string;
  at: number;
  payload: Any;
}

const kind = { fullSnapshot: 2, incremental: 3, meta: 4, custom: 5 };
/** Put on consents that are found by a selector of the owner's and carry no tag. */
const consentAttribute = "data-econsent-consent";
export const consents = `[data-consent-type],[${consentAttribute}]`;

/** The events of a chunk. */
export function eventsOf(bytes: Uint8Array): Event[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Event);
}

function* nodesOf(root: Any): Generator<Any> {
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    yield node;
    open.push(...(node.childNodes ?? []));
  }
}

/** Attributes that could run, load or lead anywhere; the player's own policy is behind them. */
function tame(attributes: Any): void {
  for (const [name, value] of Object.entries(attributes)) {
    const runs = /^(on|srcdoc$|formaction$|ping$)/i.test(name);
    if (runs || (typeof value === "string" && /^\s*(javascript|vbscript):/i.test(value))) {
      delete attributes[name];
    }
  }
}

function tameNode(node: Any, marked: Set<number>): void {
  const tag = `${node.tagName ?? ""}`.toLowerCase();
  const attributes = node.attributes ?? {};
  const leads =
    /^(script|base|object|embed|applet|portal|frame|frameset)$/.test(tag) ||
    (tag === "meta" && attributes["http-equiv"]) ||
    (tag === "link" && attributes.rel !== "stylesheet" && !attributes._cssText);
  if (leads) {
    node.tagName = "noscript";
    node.attributes = {};
  } else if (node.attributes) {
    tame(node.attributes);
    if (marked.has(node.id)) {
      node.attributes[consentAttribute] = "";
    }
  }
}

/** The events of one page load, ready to be played; none before its first snapshot, since they
 * would be played on the page before it. */
export function playable(events: Event[]): Event[] {
  const first = events.findIndex(({ type }) => type === kind.fullSnapshot);
  if (first < 0) {
    return [];
  }
  const start = events[first - 1]?.type === kind.meta ? first - 1 : first;
  const page = events.slice(start);
  const shown = page.filter(
    ({ type, data }) => type === kind.custom && data.tag === "consent shown",
  );
  const marked = new Set<number>(shown.map(({ data }) => data.payload?.node));
  for (const { type, data } of page) {
    const trees =
      type === kind.fullSnapshot
        ? [data.node]
        : type === kind.incremental && data.source === 0
          ? (data.adds ?? []).map((added: Any) => added.node)
          : [];
    for (const tree of trees) {
      for (const node of nodesOf(tree)) {
        tameNode(node, marked);
      }
    }
    if (type === kind.incremental && data.source === 0) {
      for (const change of data.attributes ?? []) {
        tame(change.attributes);
      }
    }
  }
  return page.sort((one, other) => one.timestamp - other.timestamp);
}

/** Page loads that follow one another make one film; those that were open at once make several. */
export function films(pages: Event[][]): Event[][] {
  const all: Event[][] = [];
  const sorted = pages
    .filter((page) => page.length > 1)
    .sort((one, other) => (one[0]?.timestamp ?? 0) - (other[0]?.timestamp ?? 0));
  for (const page of sorted) {
    const begins = page[0]?.timestamp ?? 0;
    const before = all.find((film) => (film.at(-1)?.timestamp ?? 0) <= begins);
    if (before) {
      before.push(...page);
    } else {
      all.push([...page]);
    }
  }
  return all;
}

/** When the first snapshot comes on which there is something to be seen, in milliseconds. */
export function firstUsable(film: Event[]): number {
  const begins = film[0]?.timestamp ?? 0;
  const usable = film.find(({ type, data }) => type === kind.fullSnapshot && isUsable(data.node));
  return usable ? usable.timestamp - begins : 0;
}

function isUsable(document: Any): boolean {
  const nodes = [...nodesOf(document)];
  const body = nodes.find(({ tagName }) => tagName === "body");
  return (
    body !== undefined &&
    [...nodesOf(body)].some(({ type, textContent }) => type === 3 && `${textContent}`.trim())
  );
}

/** What happened to consent, in the film's time. */
export function marksOf(film: Event[]): Mark[] {
  const begins = film[0]?.timestamp ?? 0;
  return film
    .filter(({ type }) => type === kind.custom)
    .map(({ timestamp, data }) => ({
      tag: `${data.tag}`,
      at: timestamp - begins,
      payload: data.payload ?? {},
    }));
}
