// From a certificate in the dashboard to the replay of its visit: by who is signed in, by a link for
// somebody who has no account, and no more once the recording is gone.
import type { Page } from "@playwright/test";
import type { Accounts, Person } from "../support/accounts.ts";
import { buyer, expectJson, publisher } from "../support/companies.ts";
import { expect, test } from "../support/dashboard.ts";
import { Page as Form } from "../support/evidence.ts";
import { sealed } from "../support/recorded.ts";
import { RecordingPage } from "../support/recording.ts";
import type { Claimed, Shared } from "../support/sharing.ts";

/** A buyer that has claimed the certificate. */
async function claimant(accounts: Accounts, owner: Person, certificate: string) {
  const person = await buyer(accounts);
  const share = `/certificate-sharing/certificates/${certificate}/share`;
  const { claim_token } = await expectJson<Shared>(owner.post(share, {}), 200);
  const path = `/certificate-sharing/certificates/claim/${claim_token}`;
  const { claim_id: claim } = await expectJson<Claimed>(person.post(path), 200);
  return { person, claim };
}

const played = async (page: Page) => {
  await expect(page.locator("#verdict")).toContainText("Recording complete");
  const frame = page.frameLocator(".replayer-wrapper iframe");
  await expect(frame.locator("h1")).toHaveText("Car insurance quotes");
};

test("the replay of a certificate opens from its page, and by a link, until it is erased; a buyer's stays", async ({
  office,
  accounts,
  request,
  worker,
}) => {
  const { owner, property, origin } = await publisher(accounts);
  const form = new Form(request, { company: owner.me.company.id, property, origin });
  const recorder = new RecordingPage(`http://127.0.0.1:${worker.port}`, origin);
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  for (const [number, chunk] of chunks.entries()) {
    expect((await recorder.send(session, number, chunk)).status).toBe(201);
  }
  const desk = await office.desk(owner);
  const { page } = desk;
  const dialog = page.getByRole("dialog");
  await desk.open(`/dashboard/certificates/${id}`);
  await expect(page.getByText("Complete", { exact: true })).toBeVisible();
  const opened = desk.context.waitForEvent("page");
  await page.getByRole("link", { name: "Replay" }).click();
  const replay = await opened;
  await played(replay);
  await replay.close();

  await page.getByRole("button", { name: "Replay link" }).click();
  await expect(dialog).toContainText("cannot be taken back");
  await dialog.getByLabel("Works for").selectOption("One day");
  await desk.expectAccessible();
  await dialog.getByRole("button", { name: "Make link" }).click();
  const link = (await dialog.locator("code").textContent()) ?? "";
  await desk.expectAccessible();
  const guest = (await office.desk()).page;
  await guest.goto(`/certificate/${id}/replay`);
  await expect(guest.getByText("This recording is not public")).toBeVisible();
  await guest.goto(link);
  await played(guest);

  await dialog.getByRole("button", { name: "Done" }).click();
  // What a buyer has claimed it keeps, whatever the publisher does about its own.
  const ben = await claimant(accounts, owner, id);
  const evidence = await office.desk(ben.person);
  await page.getByRole("button", { name: "Erase personal values" }).click();
  await dialog.getByRole("button", { name: "Erase" }).click();
  await expect(page.getByText("Gone", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "Replay" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Replay link" })).toHaveCount(0);
  await evidence.page.setViewportSize({ width: 360, height: 740 });
  await evidence.open(`/dashboard/partner-certificates/${ben.claim}`);
  const width = await evidence.page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
  await evidence.expectAccessible();
  const beside = evidence.context.waitForEvent("page");
  await evidence.page.getByRole("link", { name: "Session replay" }).click();
  await played(await beside);
  expect([...desk.complaints, ...evidence.complaints]).toEqual([]);
});
