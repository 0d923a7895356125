// A certificate as its JSON has it. Record and documents are strings there, as they were signed.
import { Failure } from "../api/client.ts";

export interface Consent {
  id: string;
  type: string;
  value: string;
  category: "EXPLICIT" | "IMPLIED";
  step: number;
  text_sha256: string;
}

export interface Withheld {
  id: string;
  type: string;
  reason: string;
  text_sha256: string;
  /** Its words, where they are kept. */
  text?: string;
}

interface SignedRecord {
  property_id: string;
  company_id: string;
  origin: string;
  timestamp: string;
  received_at: string;
  attestation: string;
  clock: string;
  minted_by: string;
  geo: { country: string; region: string } | null;
  /** Digests of what was kept beside the record. */
  attached: { presentation?: string; withheld?: string; recording?: string };
  consents: Consent[];
}

export interface CustodyEvent {
  seq: number;
  type: string;
  at: string;
  actor: string;
  hash: string;
}

export interface Bundle {
  certificate_id: string;
  /** None once the evidence has expired. */
  record: SignedRecord | null;
  texts: Record<string, string>;
  /** How each consent looked, by its id. */
  presentation: Record<string, Record<string, unknown>>;
  withheld: Withheld[];
  custody: CustodyEvent[];
  state: { claims: string[]; revoked: string[]; status: string };
  stated: { company: string; property: string; expires_at: string | null };
}

type Look = { id: string } & Record<string, unknown>;

interface Sent {
  certificate_id: string;
  record?: string | null;
  texts?: Record<string, string>;
  documents?: { presentation?: string; withheld?: string };
  custody: CustodyEvent[];
  state: Bundle["state"];
  stated: Bundle["stated"];
}

export async function loadBundle(id: string): Promise<Bundle> {
  const answer = await fetch(`/certificate/${encodeURIComponent(id)}`, {
    headers: { accept: "application/json" },
  }).catch(() => {
    throw new Failure(0, "unreachable", "The service could not be reached. Are you online?");
  });
  if (!answer.ok) {
    throw await Failure.of(answer);
  }
  return read((await answer.json()) as Sent);
}

function read(sent: Sent): Bundle {
  const { record, texts = {}, documents = {}, ...rest } = sent;
  const withheld = parse<{ items?: Withheld[] }>(documents.withheld).items ?? [];
  const looks = parse<{ items?: Look[] }>(documents.presentation).items ?? [];
  return {
    ...rest,
    record: record ? (JSON.parse(record) as SignedRecord) : null,
    texts,
    presentation: Object.fromEntries(looks.map(({ id, ...facts }) => [id, facts])),
    withheld: withheld.map((item) => {
      const text = texts[item.text_sha256];
      return text === undefined ? item : { ...item, text };
    }),
  };
}

function parse<T extends object>(document: string | undefined): Partial<T> & T {
  return (document === undefined ? {} : JSON.parse(document)) as Partial<T> & T;
}
