// A submit before the wasm is there, or where it cannot come: the page's raw evidence goes to the
// server, which mints (contract §1, "When it is minted"). Small, as it is part of the loader.

/** What the loader tells of a tagged element; the server normalises it. */
interface RawElement {
  id: string;
  type: string;
  value: string;
  text: string;
  visible: boolean;
}

type Control = HTMLInputElement & HTMLSelectElement;

function valueIn(control: Control | null): string {
  if (!control) {
    return "";
  }
  if (/^(checkbox|radio)$/.test(control.type)) {
    return `${control.checked}`;
  }
  // What people type stays with them.
  return control.value && (control.selectedOptions?.[0]?.text ?? "provided");
}

/** What the fields for phone and e-mail hold; the server reads it. */
export const rawContact = (form: Element | null): string[] =>
  [
    ...(form ?? document).querySelectorAll<HTMLInputElement>(
      "[type=tel],[type=email],[data-econsent-field]",
    ),
  ]
    .slice(0, 8)
    .map(({ value }) => value.slice(0, 254));

/** JSON that every reader takes: half a pair of UTF-16 is no character. */
export const wellFormed = (value: object): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "string" ? part.replace(/\p{Cs}/gu, "\ufffd") : part,
  );

/** The tagged elements that lie in this form or in none. */
export function rawElements(roots: Node[], form: Element | null): RawElement[] {
  const tagged = roots.flatMap((root) => [
    ...(root as ParentNode).querySelectorAll<HTMLElement>("[data-consent-type]"),
  ]);
  return tagged
    .filter((element) => [null, form].includes(element.closest("form")))
    .slice(0, 1024)
    .map((element) => {
      const controls = "input,select,textarea";
      const own = element.matches(controls) ? (element as unknown as Control) : null;
      const words = own?.labels?.[0] ?? element;
      const text = (words.innerText || words.textContent || "").trim();
      const attribute = (name: string) => element.getAttribute(name)?.trim() ?? "";
      return {
        id: attribute("data-consent-id") || attribute("id") || attribute("name"),
        type: attribute("data-consent-type"),
        value: valueIn(own ?? element.querySelector<Control>(controls)),
        text,
        visible:
          words.getClientRects().length > 0 &&
          (words.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) ?? true),
      };
    });
}
