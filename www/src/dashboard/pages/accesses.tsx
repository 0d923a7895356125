// Who has relied on a certificate by verifying it: not a part of its chain, and shown beside it.
import { Time } from "../ui/time.tsx";
import { actorName } from "./chain.tsx";

export interface Access {
  company_id?: string | null;
  verifications: number;
  last_at: string;
}

export function Accesses({ log }: { log: Access[] }) {
  return log.length === 0 ? null : (
    <div>
      <h3>Verified by</h3>
      <ul>
        {log.map(({ company_id: company, verifications, last_at }) => (
          <li key={`${company} ${last_at}`} class="small">
            {company ? actorName(company) : "somebody without a key"}, {verifications}{" "}
            {verifications === 1 ? "time" : "times"}, last <Time at={last_at} />
          </li>
        ))}
      </ul>
    </div>
  );
}
