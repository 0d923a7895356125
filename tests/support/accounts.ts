// People and companies as they come to be: by signing up, reading their mail and following its
// link, over plain HTTP and from the contract alone.
import { hex } from "./evidence.ts";
import { workerHost } from "./worker.ts";

export const password = "correct horse battery staple";

export interface Mail {
  to: string;
  kind: string;
  subject: string;
  text: string;
  link: string | null;
}

export interface Me {
  user: { id: string; email: string; name: string } | null;
  company: { id: string; name: string };
  role: string | null;
  companies: { id: string; name: string; role: string }[];
}

/** An address that no other test writes to. */
export function newEmail(name = "maria"): string {
  return `${name}.${hex(6)}@leadgen.test-mail.com`;
}

/** An answer that has come in whole. */
export class Answer {
  readonly #response: Response;
  readonly #body: string;

  private constructor(response: Response, body: string) {
    this.#response = response;
    this.#body = body;
  }

  static async of(response: Response): Promise<Answer> {
    return new Answer(response, await response.text());
  }

  status(): number {
    return this.#response.status;
  }

  headers(): Record<string, string> {
    return Object.fromEntries(this.#response.headers);
  }

  async text(): Promise<string> {
    return this.#body;
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#body);
  }
}

/** Somebody, or something, that calls: by a cookie and our own origin, or by a key. Playwright's
 * requests would keep cookies of their own and send them along; these send what they are told. */
export class Caller {
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(base: string, headers: Record<string, string> = {}) {
    this.#base = base;
    this.#headers = headers;
  }

  with(headers: Record<string, string>): Caller {
    return new Caller(this.#base, { ...this.#headers, ...headers });
  }

  async send(method: string, path: string, data?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { ...this.#headers, ...(data === undefined ? {} : jsonType) },
      body: data === undefined ? null : JSON.stringify(data),
      redirect: "manual",
    });
    return await Answer.of(response);
  }

  get(path: string): Promise<Answer> {
    return this.send("GET", path);
  }

  post(path: string, data?: unknown): Promise<Answer> {
    return this.send("POST", path, data);
  }
}

const jsonType = { "content-type": "application/json" };

/** A person who signed in. */
export interface Person extends Caller {
  me: Me;
  cookie: string;
}

/** The accounts of one worker. */
export class Accounts {
  readonly #base: string;
  /** The origin that the worker takes for its own. */
  readonly origin: string;

  constructor(port: number) {
    const origin = `http://${workerHost}:${port}`;
    this.#base = `http://127.0.0.1:${port}`;
    this.origin = origin;
  }

  /** Nobody in particular, on a page of our own. */
  get anybody(): Caller {
    return new Caller(this.#base, { origin: this.origin });
  }

  /** A machine with a key. */
  machine(key: string): Caller {
    return new Caller(this.#base, { authorization: `Bearer ${key}` });
  }

  /** Whoever has that cookie. */
  holder(cookie: string): Caller {
    return new Caller(this.#base, { cookie, origin: this.origin });
  }

  /** Every mail to an address, the newest first. */
  async mails(to: string): Promise<Mail[]> {
    const mails = (await (await this.anybody.get("/api/dev/outbox")).json()) as Mail[];
    return mails.filter((mail) => mail.to === to);
  }

  /** The token in the newest mail of that kind. */
  async linkToken(to: string, kind: string): Promise<string> {
    const mail = (await this.mails(to)).find((mail) => mail.kind === kind);
    const [, token] = mail?.link?.split("#") ?? [];
    if (token === undefined) {
      throw new Error(`no ${kind} mail to ${to}`);
    }
    return token;
  }

  async signUp(email = newEmail(), company = "LeadGen Co"): Promise<Answer> {
    return await this.anybody.post("/api/auth/sign-up", {
      email,
      password,
      name: "Maria Lopez",
      company_name: company,
    });
  }

  /** The owner of a company of their own. */
  async owner(email = newEmail(), company = "LeadGen Co"): Promise<Person> {
    await this.signUp(email, company);
    const token = await this.linkToken(email, "verify_email");
    return await this.person(
      await this.anybody.post("/api/auth/verify-email", { token, password }),
    );
  }

  /** Somebody who was invited and came. */
  async colleague(owner: Person, role: string, email = newEmail("ana")): Promise<Person> {
    await owner.post("/api/invitations", { email, role });
    const token = await this.linkToken(email, "invitation");
    const answer = await this.anybody.post("/api/invitations/accept", {
      token,
      password,
      name: "Ana Ruiz",
    });
    return await this.person(answer);
  }

  async signIn(email: string, typed = password): Promise<Answer> {
    return await this.anybody.post("/api/auth/sign-in", { email, password: typed });
  }

  /** A key of the owner's company. */
  async key(owner: Person, ...scopes: string[]): Promise<string> {
    const answer = await owner.post("/api/keys", { name: "CRM import", scopes });
    return ((await answer.json()) as { key: string }).key;
  }

  /** Whom an answer signed in. */
  async person(answer: Answer): Promise<Person> {
    if (answer.status() !== 200) {
      throw new Error(`not signed in: ${answer.status()} ${await answer.text()}`);
    }
    const cookie = cookieOf(answer);
    const me = (await answer.json()) as Me;
    return Object.assign(this.holder(cookie), { me, cookie });
  }
}

/** The cookie that an answer sets, as it is sent back. */
export function cookieOf(answer: Answer): string {
  const [cookie] = (answer.headers()["set-cookie"] ?? "").split(";");
  return cookie ?? "";
}
