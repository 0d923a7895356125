// `verify/batch`: a dialer's list, answered in its order; and what every query behind verify and
// the page costs.
import { type Consent, hex, newProperty, Page, type Property, tcpa } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

interface Answers {
  items: { valid: boolean; reason: string | null; certificate_id: string | null }[];
}

const test = base.extend<{ at: Property; form: Page; ask: (items: unknown[]) => Promise<Answers> }>(
  {
    at: async ({ database }, use) => {
      await use(newProperty(database));
    },
    form: async ({ request, at }, use) => {
      await use(new Page(request, at));
    },
    ask: async ({ request }, use) => {
      await use(async (items) => {
        const answer = await request.post("/api/verify/batch", { data: { items } });
        expect(answer.status()).toBe(200);
        return (await answer.json()) as Answers;
      });
    },
  },
);

const item = (at: Property, certificate_id: string, consent = tcpa) => ({
  certificate_id,
  company_id: at.company,
  property_id: at.property,
  consent,
});

test("each item is answered as the single call answers it, in order", async ({ at, form, ask }) => {
  const [one, two] = [await form.certificate(), await form.certificate()];
  const never = form.commit().certificate_id;
  const { items } = await ask([
    item(at, two),
    item(at, one, "other words"),
    item(at, never),
    item({ ...at, company: hex(12) }, one),
    item(at, "EC-1"),
    { certificate_id: one },
    7,
    item(at, two),
  ]);
  expect(items.map(({ valid, reason, certificate_id }) => [valid, reason, certificate_id])).toEqual(
    [
      [true, null, two],
      [false, "text_mismatch", one],
      [false, "not_received", never],
      [false, "forbidden", one],
      [false, "invalid_certificate_id", null],
      [false, "invalid_item", null],
      [false, "invalid_item", null],
      [true, null, two],
    ],
  );
  expect(items[0]).toEqual(await (await form.verify(two)).json());
  expect(await ask([])).toEqual({ items: [] });
});

test("a thousand items are answered, also when each record is as large as a commit may be", async ({
  at,
  form,
  ask,
}) => {
  const large = (n: number): Consent[] =>
    Array.from({ length: 60 }, (_, at) => ({
      id: `${n}-${at}-${"x".repeat(100)}`,
      type: "main-implied",
      value: "visible",
      text: at === 0 ? tcpa : `Words ${n} ${at}`,
    }));
  const ids: string[] = [];
  for (let n = 0; n < 20; n++) {
    ids.push(await form.certificate({ consents: large(n) }));
  }
  const asked = Array.from({ length: 1000 }, (_, n) => item(at, ids[n % ids.length] ?? ""));
  const { items } = await ask(asked);
  expect(items.map(({ certificate_id }) => certificate_id)).toEqual(
    asked.map(({ certificate_id }) => certificate_id),
  );
  expect(items.every(({ valid }) => valid)).toBe(true);
});

test("more than a thousand are refused", async ({ at, request }) => {
  const items = Array(1001).fill(item(at, "EC-1"));
  const answer = await request.post("/api/verify/batch", { data: { items } });
  expect(await answer.json()).toMatchObject({ status: 422, code: "limit_exceeded" });
});
