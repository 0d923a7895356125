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
  const events = database.rows(
    `SELECT e.*, d.details FROM custody_events e JOIN custody_details d USING (certificate, seq)
      WHERE certificate = ? ORDER BY seq`,
    certificate.certificate ?? 0,
  );
  let prev = "0".repeat(64);
  for (const [at, event] of events.entries()) {
    const details = String(event.details);
    const link = {
      actor: event.actor,
      at: new Date(Number(event.at)).toISOString(),
      certificate_id: certificateId,
      details_sha256: sha256(details).toString("hex"),
      prev,
      seq: at + 1,
      type: event.type,
    };
    prev = sha256(JSON.stringify(link)).toString("hex");
    assertSame(`event ${at + 1}`, prev, blobHex(event.hash));
  }
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
  return events.map((event) => ({
    seq: Number(event.seq),
    type: String(event.type),
    actor: String(event.actor),
    details: JSON.parse(String(event.details)) as Record<string, unknown>,
  }));
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
    "UPDATE certificates SET expires_at = ?, expiry_hmac = ? WHERE hash = ?",
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
