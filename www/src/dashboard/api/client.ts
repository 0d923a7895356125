// The one way to the API. What is refused is thrown as the problem that the service told.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.ts";

/** The types of the API's documents, by their names there. */
export type Schemas = components["schemas"];

/** A call that failed: a problem document (RFC 9457), or an answer that never came. */
export class Failure extends Error {
  /** 0 when nothing came back. */
  readonly status: number;
  /** What programs decide by. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  static async of(response: Response): Promise<Failure> {
    const told: unknown = await response.json().catch(() => null);
    const { code, detail, title } = (told ?? {}) as Record<string, unknown>;
    const text = [detail, title].find((said) => typeof said === "string" && said !== "");
    const wait = response.headers.get("Retry-After");
    const detailText = typeof text === "string" ? text : `The service answered ${response.status}.`;
    return new Failure(
      response.status,
      typeof code === "string" ? code : "unknown",
      wait === null ? detailText : `${detailText} Try again in ${wait} seconds.`,
    );
  }

  static from(error: unknown): Failure {
    return error instanceof Failure ? error : new Failure(0, "unknown", String(error));
  }
}

/** Told when the service no longer knows who calls. */
let whenSignedOut: () => void = () => undefined;

export function onSignedOut(then: () => void): void {
  whenSignedOut = then;
}

export const api = createClient<paths>({ baseUrl: location.origin });

api.use({
  async onResponse({ response, schemaPath }) {
    if (response.ok) {
      return;
    }
    if (response.status === 401 && !schemaPath.startsWith("/api/auth/")) {
      whenSignedOut();
    }
    throw await Failure.of(response);
  },
  onError() {
    return new Failure(0, "unreachable", "The service could not be reached. Are you online?");
  },
});

/** What a call answers; failures were thrown before. */
export async function ok<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await call;
  return data as T;
}
