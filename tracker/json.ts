// JSON that every reader takes, whatever the page has done to its own.

const { stringify } = JSON;

// biome-ignore lint/suspicious/noExplicitAny: any JSON value
type Value = any;

/** For pages that have given lists or objects a `toJSON` of their own. */
function byHand(value: Value): string {
  if (Array.isArray(value)) {
    return `[${value.map(byHand)}]`;
  }
  if (value && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${stringify(name)}:${byHand(member)}`)}}`;
  }
  return stringify(value);
}

const half = /\\(\\|ud[89a-f]..)/g;

/** A value as JSON. Half a pair of UTF-16 is no character, and is told as one that is unknown. */
export function json(value: Value): string {
  const text = (([] as Value).toJSON ? byHand : stringify)(value);
  return text.includes("\\u")
    ? text.replace(half, (all, rest) => (rest === "\\" ? all : "\ufffd"))
    : text;
}
