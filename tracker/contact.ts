// Whom the lead is about: phone and e-mail as the visitor typed them, in the form in which the
// server compares them (contract §1, "Contact binding"). Written for the page, since the core's
// reader brings half of Unicode along; what it makes, the core reads back unchanged or not at all.

const typed =
  "input:not([type=checkbox],[type=radio],[type=submit],[type=button]):is(:not([type=hidden]),[data-econsent-field])";
const phones =
  ":is([data-econsent-field=phone],[type=tel],[autocomplete*=tel],[name*=phone i],[id*=phone i],[name*=mobile i],[id*=mobile i],[name*=cell i])";
const emails =
  ":is([data-econsent-field=email],[type=email],[autocomplete*=email],[name*=email i],[id*=email i])";

/** Countries whose leading 0 is part of the number: Italy, Côte d'Ivoire, Gabon, Congo, San Marino. */
const keepsZero = /^(39|225|24[12]|378)$/;
let home = "1";

/** Sets the country that numbers are of which name none, by its calling code. */
export function dialFrom(code: string | undefined): void {
  home = code ?? "1";
}

/** E.164, of the property's country unless it says another; undefined when it is no number. */
export function phoneOf(text: string): string | undefined {
  const number = text
    .replace(/[;,]?\s*(?:ext(?:ension|n)?|x|#)[.:=\s]*\d*\s*$/i, "")
    .replace("(0)", "")
    .trim();
  if (/[^\d\s()+./\u2010-\u2015\u2212\u200e\u202a\u202c-]/.test(number)) {
    return undefined;
  }
  const digits = number.replace(/\D/g, "");
  const out = home === "1" ? "011" : "00";
  const abroad = /^\D*\+/.test(number)
    ? digits
    : digits.startsWith(out) && digits.slice(out.length);
  const local =
    home === "1"
      ? digits.replace(/^(?=\d{10}$)/, "1")
      : home + (keepsZero.test(home) ? digits : digits.replace(/^0/, ""));
  const full = abroad || local;
  return /^(?:1[2-9]\d\d[2-9]\d{6}|[2-9]\d{7,14})$/.test(full) && (abroad || full.startsWith(home))
    ? `+${full}`
    : undefined;
}

/** Trimmed and lowercase; undefined when it is no address. */
export function emailOf(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  const label = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}\\p{M}])?";
  return new RegExp(`^[^\\s@"<>()[\\]\\\\,;:]{1,64}@(?:${label}\\.)+${label}$`, "u").test(address)
    ? address
    : undefined;
}

/** The lead's phone and e-mail in these fields, with a space between, empty without either: the
 * first complete number, else all parts joined. */
export function contactIn(all: (selector: string) => Iterable<HTMLInputElement>): string {
  const values = (kind: string) => [...all(typed + kind)].map((field) => field.value);
  const first = (read: (text: string) => string | undefined, texts: string[]) =>
    texts.map(read).find(Boolean);
  const numbers = values(phones);
  const phone = first(phoneOf, [...numbers, numbers.join(" ")]);
  const email = first(emailOf, values(emails));
  return phone || email ? `${phone ?? ""} ${email ?? ""}` : "";
}
