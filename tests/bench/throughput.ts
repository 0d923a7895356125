// How fast verifying is beside the least that a route can be.
import { tcpa } from "../support/evidence.ts";
import { median, prepare, send } from "./measure.ts";
import { startBare } from "./runtime.ts";

/** Calls per second of one kind, by so many callers at once. */
async function rate(send: () => Promise<unknown>, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let done = 0;
  const callers = Array.from({ length: 16 }, async () => {
    while (performance.now() < end) {
      await send();
      done += 1;
    }
  });
  await Promise.all(callers);
  return done / seconds;
}

export async function throughput(state: string, seconds: number): Promise<void> {
  const { at, certificateId } = await prepare(state);
  const runtime = await startBare(state);
  const body = {
    certificate_id: certificateId,
    company_id: at.company,
    property_id: at.property,
    consent: tcpa,
  };
  const verify = async () => {
    const answer = await send(runtime.url, { name: "verify", path: "/api/verify/match", body });
    return await answer.text();
  };
  const bare = async () => {
    const headers = { "content-type": "application/json", "mf-original-url": "http://bare.test/" };
    const answer = await fetch(runtime.url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!(await answer.text()).includes("forms.leadgen.com")) {
      throw new Error("the bare route did not answer");
    }
  };
  const rounds: [number, number][] = [];
  await rate(verify, 1);
  await rate(bare, 1);
  // In turns, so that whatever else the machine does falls on both.
  for (let round = 0; round < 7; round++) {
    rounds.push([await rate(verify, seconds), await rate(bare, seconds)]);
  }
  await runtime.stop();
  for (const [ours, least] of rounds) {
    console.log(`verify/match ${ours.toFixed(0)}/s   bare ${least.toFixed(0)}/s`);
  }
  const ratio = median(rounds.map(([ours, least]) => ours / least));
  console.log(`\nverify/match beside a bare route with one query: ${ratio.toFixed(2)}`);
}
