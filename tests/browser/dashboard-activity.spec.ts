// The pictures of activity: true for a company with more certificates than any list would be read for.
import { expectJson, publisher } from "../support/companies.ts";
import { expect, test } from "../support/dashboard.ts";
import { Page as Form } from "../support/evidence.ts";

test("every certificate of thirty days is in the picture, by property, whatever its name", async ({
  office,
  accounts,
  request,
  database,
}) => {
  const { owner, property, origin } = await publisher(accounts);
  const company = owner.me.company.id;
  // Two may be called the same.
  const { id: other } = await expectJson<{ id: string }>(
    owner.post("/api/properties", { name: "Insurance quotes", origins: [origin] }),
    201,
  );
  await new Form(request, { company, property, origin }).certificate();
  const today = Date.now() - (Date.now() % 86_400_000);
  for (const [of, ago, count] of [
    [property, 3, 2_500],
    [other, 3, 1_200],
    [other, 60, 999],
  ] as const) {
    database.run(
      "INSERT INTO certificate_days (company_id, day, property_id, count) VALUES (?, ?, ?, ?)",
      company,
      today - ago * 86_400_000,
      of,
      count,
    );
  }
  const desk = await office.desk(owner);
  await desk.open("/dashboard/activity");
  await expect(desk.page.getByText("3,701 in all.")).toBeVisible();
  await expect(desk.page.getByText(/Certificates per day: .*: 3700, .*: 1(, |$)/)).toBeAttached();
  await expect(
    desk.page.getByText("Certificates by property: Insurance quotes: 2501, Insurance quotes: 1200"),
  ).toBeAttached();
  await desk.expectAccessible();
  expect(desk.complaints).toEqual([]);
});
