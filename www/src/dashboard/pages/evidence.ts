// The evidence of a partner certificate as the service answers it. Its document is described there
// as an object only, so its shape is written down here.
import { api, ok, type Schemas } from "../api/client.ts";
import type { Access } from "./accesses.tsx";
import type { ChainEvent } from "./chain.tsx";
import type { Unshown } from "./consent.tsx";

export interface Signature {
  algorithm: string;
  key_id: string;
  signature: string;
  /** None where it was not checked. */
  valid: boolean | null;
}

export interface EvidenceConsent {
  id: string;
  step: number;
  type: string;
  value: string;
  given: boolean;
  text: string | null;
  text_sha256: string;
  presentation: Record<string, string>;
}

interface Result {
  seq: number;
  checked_at: string;
  state_by_ip: string | null;
  state_by_phone: string | null;
  result: Schemas["ClaimCompliance"];
}

interface NamedState {
  code: string;
  name: string;
}

export interface Evidence {
  claim_id: number;
  certificate_id: string;
  certificate_url: string;
  publisher: { id: string; name: string };
  property: { name: string };
  /** None while it is only shared. */
  claimed_at: string | null;
  verdict: string;
  checks: { check: string; outcome: string; reason: string | null; sentence: string }[];
  consents: EvidenceConsent[] | null;
  withheld: Unshown[];
  signatures: {
    record: { hmac: Signature; ed25519: Signature };
    head: { hmac: Signature; ed25519: Signature };
  };
  times: {
    consent_captured_at: string | null;
    received_at: string | null;
    clock: string | null;
    attestation: string | null;
    retained_until: string | null;
  };
  states: { by_ip: NamedState | null; by_phone: NamedState | null };
  compliance: {
    latest: Result | null;
    found: Schemas["RuleResult"][] | null;
    history: Result[];
    notice: string;
  };
  recording: {
    status: string;
    recording_path: string | null;
    recording_hash: string | null;
    /** `complete`, `missing n`, `changed`, `gone` or `not read`. */
    state: string | null;
    manifest_valid: boolean | null;
  };
  custody: {
    valid: boolean;
    fault: { seq: number; reason: string } | null;
    events: ChainEvent[];
  };
  access_log: Access[];
  disclosures: Record<string, { value: string; opens_commitment: boolean }> | null;
}

export async function loadEvidence(id: number): Promise<Evidence> {
  const answer = await ok(
    api.GET("/certificate-sharing/partner-certificates/{id}/evidence", {
      params: { path: { id } },
    }),
  );
  return answer as unknown as Evidence;
}
