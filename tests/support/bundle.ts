// Checks an offline bundle with Node's own cryptography, from the contract alone: canonical JSON
// and Ed25519 that share no code with the product.
import { createPublicKey, verify } from "node:crypto";
import { sha256 } from "./evidence.ts";

interface Signature {
  alg: string;
  kid: string;
  hex: string;
}

export interface Bundle {
  format: string;
  v: number;
  certificate_id: string;
  record: string | null;
  signatures: Record<"record" | "head", Record<"hmac" | "ed25519", Signature>>;
  texts: Record<string, string>;
  documents: Record<string, string>;
  custody: (Record<string, unknown> & { hash: string; details?: string })[];
  head: string;
  state: { status: string; claims: string[]; revoked: string[] };
  stated: Record<string, string | null>;
  disclosures?: Record<string, { salt: string; value: string }>;
}

export interface Jwks {
  keys: { kid: string; kty: string; crv: string; x: string; prefix: string }[];
}

interface SignedRecord {
  certificate_id: string;
  consents: { text_sha256: string }[];
  attached: Record<string, string>;
  committed: Record<string, string>;
}

/** RFC 8785 for what certificates hold: strings, booleans, null, integers. */
export function jcs(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(jcs).join(",")}]`;
  }
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${jcs(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** What is wrong with a bundle; nothing when it holds. */
export function faults(bundle: Bundle, jwks: Jwks): string[] {
  const found: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) {
      found.push(what);
    }
  };
  const digest = (text: string) => sha256(text).toString("hex");
  const signed = (prefix: string, text: string, { kid, hex }: Signature) => {
    const jwk = jwks.keys.find((key) => key.kid === kid && key.prefix === prefix);
    if (!jwk) {
      return false;
    }
    const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: "jwk" });
    return verify(null, Buffer.from(prefix + text), key, Buffer.from(hex, "hex"));
  };

  const { record: text, head } = bundle;
  if (text !== null) {
    const record = JSON.parse(text) as SignedRecord;
    expect(jcs(record) === text, "the record is not canonical");
    expect(record.certificate_id === bundle.certificate_id, "the record is of another certificate");
    expect(
      signed("econsent-record-v1\n", text, bundle.signatures.record.ed25519),
      "record signature",
    );
    for (const { text_sha256 } of record.consents) {
      const words = bundle.texts[text_sha256];
      expect(words !== undefined && digest(words) === text_sha256, `text ${text_sha256}`);
    }
    for (const [name, sha] of Object.entries(record.attached)) {
      expect(digest(bundle.documents[name] ?? "") === sha, `document ${name}`);
    }
    for (const [name, { salt, value }] of Object.entries(bundle.disclosures ?? {})) {
      const opened = sha256(Buffer.from(salt, "base64url"), jcs(value)).toString("base64url");
      expect(opened === record.committed[name], `disclosure ${name}`);
    }
  }
  let prev = "0".repeat(64);
  for (const [at, { hash, details, ...link }] of bundle.custody.entries()) {
    const expected = { ...link, certificate_id: bundle.certificate_id, seq: at + 1, prev };
    prev = digest(jcs(expected));
    expect(prev === hash, `custody event ${at + 1}`);
    expect(details === undefined || digest(details) === link.details_sha256, `details ${at + 1}`);
  }
  const end = JSON.parse(head) as { hash: string; seq: number; state_sha256: string };
  expect(end.hash === prev && end.seq === bundle.custody.length, "end of the chain");
  expect(end.state_sha256 === digest(jcs(bundle.state)), "state");
  expect(signed("econsent-head-v1\n", head, bundle.signatures.head.ed25519), "head signature");
  return found;
}
