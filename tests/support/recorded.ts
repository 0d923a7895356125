// What tests of recordings start from: a publisher of the test's own with one property, a page of it
// that records, and the bucket.
import type { Person } from "./accounts.ts";
import { hex, Page, type Property, type Session } from "./evidence.ts";
import { Bucket, manifestOf, RecordingPage, visit } from "./recording.ts";
import { test as base, expect } from "./test.ts";

export { expect };

interface Fixtures {
  owner: Person;
  at: Property;
  form: Page;
  recorder: RecordingPage;
  bucket: Bucket;
}

export const test = base.extend<Fixtures>({
  owner: async ({ accounts }, use) => await use(await accounts.owner()),
  at: async ({ owner }, use) => {
    const origin = `https://${hex(6)}.leadgen.com`;
    const answer = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
    const { id } = (await answer.json()) as { id: string };
    await use({ company: owner.me.company.id, property: id, origin });
  },
  form: async ({ request, at }, use) => await use(new Page(request, at)),
  recorder: async ({ worker, at }, use) =>
    await use(new RecordingPage(`http://127.0.0.1:${worker.port}`, at.origin)),
  bucket: async ({ worker }, use) => await use(new Bucket(worker.state)),
});

export const pathOf = (at: Property, session: Session) =>
  `recordings/${at.company}/${at.property}/${session.session_id}/`;

/** A visit that is recorded, submitted and sealed; its chunks are sent by the caller. */
export async function sealed(form: Page, session: Session, chunks = visit()) {
  const recording = manifestOf([{ stream: session.stream, chunks }]);
  const commit = { ...form.commit({ session }), recording };
  expect((await form.send(commit)).status()).toBe(201);
  return { id: commit.certificate_id, recording, chunks };
}
