// docs/api.md as it stands: its calls in their order, with curl, and its answers by their fields.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buyer, expectJson, publisher } from "../support/companies.ts";
import { Page } from "../support/evidence.ts";
import { expect, test } from "../support/test.ts";
import { root } from "../support/worker.ts";

const run = promisify(execFile);

/** A call, the answer that is shown, and what it is called later. */
interface Call {
  curl: string;
  shown: unknown;
  named: { path: string; name: string }[];
}

function calls(markdown: string): Call[] {
  // Everything from one call to the next belongs to it.
  const [, ...parts] = markdown.split("```sh\n");
  return parts.map((part) => {
    const [curl = "", rest = ""] = part.split(/\n```\n([\s\S]*)/);
    const json = /```json\n([\s\S]*?)\n```/.exec(rest)?.[1];
    const names = rest.matchAll(/`([\w.[\]]+)` is `\$([A-Z]+)`/g);
    return {
      curl,
      shown: json === undefined ? undefined : JSON.parse(json),
      named: [...names].map(([, path = "", name = ""]) => ({ path, name })),
    };
  });
}

function at(answer: unknown, path: string): unknown {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  return steps.reduce((value, step) => (value as Record<string, unknown>)?.[step], answer);
}

/** The fields and types of an answer; of a list, those of its first item. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? [] : [shape(value[0])];
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shape(item)]));
  }
  return value === null ? "null" : typeof value;
}

test("the walk through selling a lead with its proof goes as it is written", async ({
  accounts,
  request,
  baseURL,
}) => {
  const { owner, property, origin } = await publisher(accounts);
  const acme = await buyer(accounts);
  const form = new Page(request, { company: owner.me.company.id, property, origin });
  const variables: Record<string, string> = {
    HOST: baseURL ?? "",
    PUBLISHER_KEY: await accounts.key(owner, "manage", "share", "read"),
    BUYER_KEY: await accounts.key(acme, "rules", "claim", "read", "verify"),
    CERTIFICATE: await form.certificate(),
    ANOTHER: await form.certificate(),
  };
  const home = mkdtempSync(join(tmpdir(), "econsent-curl-"));
  // As whoever reads along would see it: without a progress bar, and refusals are failures.
  writeFileSync(join(home, ".curlrc"), "silent\nshow-error\nfail-with-body\n");
  const walk = calls(readFileSync(join(root, "docs/api.md"), "utf8"));
  expect(walk.length).toBeGreaterThanOrEqual(20);
  for (const { curl, shown, named } of walk) {
    const env = { PATH: process.env.PATH ?? "", CURL_HOME: home, HOME: home, ...variables };
    const { stdout } = await run("bash", ["-euc", curl], { env, maxBuffer: 1 << 24 }).catch(
      (error: { stdout?: string; message: string }) => {
        throw new Error(`${error.message}\n${error.stdout ?? ""}`);
      },
    );
    const answer: unknown = stdout === "" ? undefined : JSON.parse(stdout);
    if (shown !== undefined) {
      expect(shape(answer), curl).toEqual(shape(shown));
    }
    for (const { path, name } of named) {
      const value = at(answer, path);
      expect(["string", "number"], `${path} of ${curl}`).toContain(typeof value);
      variables[name] = String(value);
    }
  }
  rmSync(home, { recursive: true });

  // What the text says about it all.
  const evidence = `/certificate-sharing/partner-certificates/${variables.CLAIM}/evidence`;
  const { custody } = await expectJson<{ custody: { valid: boolean; events: { type: string }[] } }>(
    acme.get(evidence),
    200,
  );
  expect(custody.valid).toBe(true);
  expect(custody.events.map(({ type }) => type)).toEqual([
    "created",
    "signed",
    "shared",
    "compliance_checked",
    "claimed",
    "accessed_evidence",
    "compliance_checked",
    "accessed_evidence",
    "accessed_evidence",
  ]);
});
