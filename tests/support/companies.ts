// Publishers and buyers as they meet: two companies, a property, and what is added to it.
import { type Accounts, type Answer, newEmail, type Person } from "./accounts.ts";
import { hex } from "./evidence.ts";

/** The answer's body, if it has the status that is expected. */
export async function expectJson<T>(asked: Promise<Answer>, status: number): Promise<T> {
  const answer = await asked;
  const body = await answer.text();
  if (answer.status() !== status) {
    throw new Error(`expected ${status}, got ${answer.status()}: ${body}`);
  }
  return (body === "" ? undefined : JSON.parse(body)) as T;
}

/** The owner of a publisher, and a property of theirs. */
export async function publisher(
  accounts: Accounts,
  name = "LeadGen Co",
): Promise<{ owner: Person; property: string; origin: string }> {
  const owner = await accounts.owner(newEmail("maria"), name);
  const origin = `https://${hex(6)}.leadgen.com`;
  const body = { name: "Insurance quotes", origins: [origin] };
  const { id } = await expectJson<{ id: string }>(owner.post("/api/properties", body), 201);
  return { owner, property: id, origin };
}

/** The owner of a buyer. */
export async function buyer(accounts: Accounts, name = "Acme Insurance"): Promise<Person> {
  return await accounts.owner(newEmail("ben"), name);
}
