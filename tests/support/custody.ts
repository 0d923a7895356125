// The chain of custody, checked from the contract alone against the rows of the database.
import { createHmac } from "node:crypto";
import type { Database } from "./database.ts";
import { hashOf, sha256 } from "./evidence.ts";
import { type Worker, workerKey } from "./worker.ts";

export interface Link {
  seq: number;
  type: string;
  actor: string;
  details: Record<string, unknown>;
}

/** All events of a certificate, after every link, every detail and the head have been checked. */
export function checkedChain(database: Database, worker: Worker, certificateId: string): Link[] {
  const hash = hashOf(certificateId);
  const certificate = database.row("SELECT * FROM certificates WHERE hash = ?", hash);
  const stored = database.rows(
    `SELECT e.*, d.details FROM custody_events e JOIN custody_details d USING (certificate, seq)
      WHERE certificate = ? ORDER BY seq`,
    certificate.certificate ?? 0,
  );
  const events = [...beginningOf(certificate), ...stored].map((event) => ({
    seq: Number(event.seq),
    type: String(event.type),
    at: Number(event.at),
    actor: String(event.actor),
    details: String(event.details),
    hash: "hash" in event ? blobHex(event.hash) : null,
  }));
  for (const [at, event] of events.entries()) {
    const until = linked(certificateId, events.slice(0, at + 1)).toString("hex");
    assertSame(`event ${at + 1}`, until, event.hash ?? until);
  }
  const prev = linked(certificateId, events).toString("hex");
  const head = JSON.stringify({
    certificate_id: certificateId,
    hash: prev,
    kid: certificate.head_kid,
    seq: events.length,
    state_sha256: sha256(String(certificate.state)).toString("hex"),
  });
  const key = workerKey(worker, "HEAD_HMAC_KEYS", String(certificate.head_kid));
  const tag = createHmac("sha256", key).update(`econsent-head-v1\n${head}`).digest("hex");
  assertSame("head", tag, blobHex(certificate.head_hmac));
  return events.map(({ seq, type, actor, details }) => ({
    seq,
    type,
    actor,
    details: JSON.parse(details) as Record<string, unknown>,
  }));
}

/** An event without its place among the others. */
export interface Told {
  seq: number;
  type: string;
  /** Milliseconds. */
  at: number;
  actor: string;
  /** Canonical JSON. */
  details: string;
}

/** How the chain of a certificate begins, out of its columns. */
export function beginningOf(certificate: Record<string, unknown>): Told[] {
  const salt = (column: string) =>
    Buffer.from(certificate[column] as Uint8Array).toString("base64url");
  const at = Number(certificate.received_at);
  return [
    {
      seq: 1,
      type: "created",
      at,
      actor: String(certificate.company_id),
      details: JSON.stringify({
        origin: certificate.origin,
        property_id: certificate.property_id,
        record_sha256: blobHex(certificate.record_sha256),
        salt: salt("created_salt"),
      }),
    },
    {
      seq: 2,
      type: "signed",
      at,
      actor: "system",
      details: JSON.stringify({
        algorithm: "HMAC-SHA256",
        key_id: certificate.hmac_kid,
        salt: salt("signed_salt"),
        signature: blobHex(certificate.hmac),
      }),
    },
  ];
}

/** The hash that a chain of events ends in. */
export function linked(certificateId: string, events: Told[]): Buffer {
  let prev: Buffer = Buffer.alloc(32);
  for (const { seq, type, at, actor, details } of events) {
    const link = {
      actor,
      at: new Date(at).toISOString(),
      certificate_id: certificateId,
      details_sha256: sha256(details).toString("hex"),
      prev: prev.toString("hex"),
      seq,
      type,
    };
    prev = sha256(JSON.stringify(link));
  }
  return prev;
}

/** Lets a certificate's retention end at a moment, signed as the worker would. */
export function setExpiry(
  database: Database,
  worker: Worker,
  certificateId: string,
  expiresAt: Date,
): void {
  const hash = hashOf(certificateId);
  const { head_kid, head_hash } = database.row(
    "SELECT head_kid, head_hash FROM certificates WHERE hash = ?",
    hash,
  );
  const document = JSON.stringify({
    certificate_id: certificateId,
    expires_at: expiresAt.toISOString(),
    head: blobHex(head_hash),
  });
  const key = workerKey(worker, "HEAD_HMAC_KEYS", String(head_kid));
  const tag = createHmac("sha256", key).update(`econsent-retention-v1\n${document}`).digest();
  database.run(
    "UPDATE certificate_rows SET expires_at = ?, expiry_hmac = ? WHERE hash = ?",
    expiresAt.getTime(),
    tag,
    hash,
  );
}

function blobHex(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString("hex");
}

function assertSame(what: string, computed: string, stored: string): void {
  if (computed !== stored) {
    throw new Error(`${what}: computed ${computed}, stored ${stored}`);
  }
}
