// Lays /openapi.json out for people: every call by subject, with what it takes and answers. Text
// goes in as text, never as markup.

interface Schema {
  $ref?: string;
  [member: string]: unknown;
}

interface Content {
  [type: string]: { schema?: Schema };
}

interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const main = document.querySelector("#docs");
if (main) {
  show(main).catch((error: unknown) => {
    main.append(element("p", `The document could not be read: ${String(error)}`));
  });
}

async function show(main: Element): Promise<void> {
  const answer = await fetch("/openapi.json");
  const api = (await answer.json()) as Document;
  const subjects = new Map<string, HTMLElement>();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const [subject = "other"] = operation.tags ?? [];
      const section = subjects.get(subject) ?? element("section", element("h2", subject));
      section.append(describe(api, method, path, operation));
      subjects.set(subject, section);
    }
  }
  main.append(...subjects.values());
}

function describe(api: Document, method: string, path: string, operation: Operation): HTMLElement {
  const name = element("span", method.toUpperCase());
  name.className = "method";
  const details = element(
    "details",
    element("summary", name, element("code", path), ` ${operation.summary ?? ""}`),
    element("p", operation.description ?? ""),
    element("p", `Who may call: ${callers(operation)}.`),
  );
  for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    details.append(element("h3", `Takes ${type}`), code(api, schema));
  }
  for (const [status, { description, content }] of Object.entries(operation.responses)) {
    const [type, told] = Object.entries(content ?? {})[0] ?? [];
    details.append(element("h3", `${status} ${type ?? ""}`), element("p", description));
    if (told && !type?.startsWith("application/problem")) {
      details.append(code(api, told.schema));
    }
  }
  return details;
}

/** Either way in is enough; a key needs the scopes that stand with it. */
function callers({ security = [] }: Operation): string {
  const ways = security.flatMap((way) =>
    Object.entries(way).map(([name, scopes]) =>
      name === "cookie" ? "a person who signed in" : `a key ${scopes.join(" and ")}`.trim(),
    ),
  );
  return ways.length > 0 ? ways.join(", or ") : "anybody";
}

function code(api: Document, schema: Schema | undefined): HTMLElement {
  return element("pre", JSON.stringify(resolve(api, schema ?? {}, 0), null, 2));
}

/** Puts in place of every reference what it refers to; nothing here refers to itself. */
function resolve(api: Document, value: unknown, depth: number): unknown {
  if (depth > 20 || typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => resolve(api, item, depth + 1));
  }
  const { $ref: reference, ...rest } = value as Schema;
  const named = reference && api.components.schemas[reference.split("/").at(-1) ?? ""];
  const merged = { ...(named || {}), ...rest };
  return Object.fromEntries(
    Object.entries(merged).map(([member, held]) => [member, resolve(api, held, depth + 1)]),
  );
}

function element(name: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
