// `GET /certificate/{id}/pdf`: a document to file, read back with other people's programs.
import { writeFileSync } from "node:fs";
import { newEmail } from "../support/accounts.ts";
import { type Bundle, faults, type Jwks } from "../support/bundle.ts";
import { type Consent, newProperty, Page, partners, sms, tcpa } from "../support/evidence.ts";
import {
  attachmentsOf,
  econsentVerify,
  foreignFonts,
  imagesOf,
  qpdfCheck,
  textOf,
} from "../support/pdf.ts";
import { readCodes } from "../support/qr.ts";
import { test as base, expect } from "../support/test.ts";

interface Filed {
  id: string;
  path: string;
  bytes: Buffer;
}

const test = base.extend<{
  form: Page;
  jwks: { path: string; keys: Jwks };
  file: (consents?: Consent[]) => Promise<Filed>;
}>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
  jwks: async ({ request }, use, info) => {
    const text = await (await request.get("/.well-known/jwks.json")).text();
    const path = info.outputPath("jwks.json");
    writeFileSync(path, text);
    await use({ path, keys: JSON.parse(text) as Jwks });
  },
  file: async ({ form, request }, use, info) => {
    await use(async (consents = standard) => {
      const id = await form.certificate({ consents, withheld });
      const answer = await request.get(`/certificate/${id}/pdf`);
      expect(answer.status()).toBe(200);
      expect(answer.headers()).toMatchObject({
        "content-type": "application/pdf",
        "content-disposition": `attachment; filename="${id}.pdf"`,
        "cache-control": "no-store",
      });
      const [path, bytes] = [info.outputPath("certificate.pdf"), await answer.body()];
      writeFileSync(path, bytes);
      return { id, path, bytes };
    });
  },
});

const spanish = "Al enviar este formulario, acepto recibir llamadas y mensajes. ¿Señor Muñoz? Sí.";
const standard: Consent[] = [
  { id: "tcpa", type: "main-implied", value: "visible", text: tcpa },
  { id: "sms", type: "secondary-explicit", value: "false", text: sms },
  { id: "es", type: "secondary-implied", value: "visible", text: spanish },
];
const withheld = [{ id: "p", type: "main-implied", reason: "not_visible", text: partners }];

test("it is sound, carries its fonts, says that it is PDF/A-3b, and numbers its pages", async ({
  file,
}) => {
  const { path, bytes } = await file();
  expect(qpdfCheck(path)).toContain("No syntax or stream encoding errors found");
  expect(foreignFonts(path)).toEqual([]);
  expect(bytes.toString("latin1")).toMatch(/pdfaid:part>3<[\s\S]*pdfaid:conformance>B</);
  expect(textOf(path)).toMatch(/Page 1 of \d/);
});

test("its text reads in order, and its code leads to the replay's gate", async ({
  file,
  workerUrl,
}, info) => {
  const { id, path } = await file();
  const text = textOf(path).replaceAll(/\s+/g, " ");
  const order = [
    "Consent certificate",
    "LeadGen Co",
    "This certificate holds",
    "Consent evidence",
    tcpa,
    spanish,
    "Shown, not given",
    sms,
    "On the page, and not counted as consent",
    partners,
    "Session and times",
    "Time zone by IP address",
    "Submitted, in that zone",
    "Chain of custody",
    "1. created",
    "2. signed",
    "How the id was computed",
    "Signatures",
    "Attached files",
  ];
  const places = order.map((words) => text.indexOf(words));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  const [first = ""] = imagesOf(path, info.outputPath("page"));
  expect(readCodes(first)).toEqual([`${workerUrl}/certificate/${id}/replay`]);
});

test("its files come out, and check with the network off and with a program not ours", async ({
  file,
  jwks,
}, info) => {
  const { path } = await file();
  const files = attachmentsOf(path, info.outputPath("files"));
  expect([...files.keys()].sort()).toEqual(
    expect.arrayContaining(["SHA256SUMS", "bundle.json", "jwks.json", "record.json"]),
  );
  const bundle = JSON.parse(String(files.get("bundle.json"))) as Bundle;
  expect(String(files.get("record.json"))).toBe(bundle.record);
  expect(faults(bundle, jwks.keys)).toEqual([]);
  const whole = econsentVerify(path, jwks.path);
  expect(whole).toMatchObject({ code: 0, out: expect.stringContaining("\nholds\n") });
  const json = econsentVerify(info.outputPath("files/bundle.json"), jwks.path);
  expect(json).toMatchObject({ code: 0, out: expect.stringContaining("\nholds\n") });
});

test("a text changed inside the file is named", async ({ file, jwks }, info) => {
  const { path } = await file();
  attachmentsOf(path, info.outputPath("files"));
  const bundle = info.outputPath("files/bundle.json");
  const files = attachmentsOf(path, info.outputPath("files"));
  writeFileSync(bundle, String(files.get("bundle.json")).replace("not required", "required"));
  const changed = econsentVerify(bundle, jwks.path);
  expect(changed.code).toBe(1);
  expect(changed.out).toMatch(/FAIL {2}texts[\s\S]*was changed[\s\S]*\nfails\n/);
});

test("texts that attack paper stay on it: long words, marks, directions, scripts without a font", async ({
  file,
  jwks,
}, info) => {
  const attacks = [
    "W".repeat(4900),
    `a${"\u0301".repeat(4899)}`,
    `I agree. \u202ellac ton yam uoY\u202c <script>alert(1)</script>`,
    `From here${"\n".repeat(4000)}to here.`,
    "条款与条件 適用 — תנאי שימוש — شروط الاستخدام — Ελληνικά — Русский",
  ];
  const { path } = await file(
    attacks.map((text, at) => ({ id: `t${at}`, type: "main-implied", value: "visible", text })),
  );
  expect(qpdfCheck(path)).toContain("No syntax or stream encoding errors found");
  const text = textOf(path);
  expect(text).toContain("<script>alert(1)</script>");
  expect(text).toContain("[U+202E]");
  expect(text).toContain("[4895 more combining marks]");
  expect(text).toContain("[U+6761][U+6B3E]");
  expect(text).toContain("Ελληνικά — Русский");
  expect(imagesOf(path, info.outputPath("page")).length).toBeLessThan(10);
  expect(econsentVerify(path, jwks.path).code).toBe(0);
});

test("an id that was never received has no document", async ({ form, request }) => {
  const answer = await request.get(`/certificate/${form.commit().certificate_id}/pdf`);
  expect(await answer.json()).toMatchObject({ status: 404, code: "not_received" });
  const none = await request.get("/certificate/EC-1/pdf");
  expect(await none.json()).toMatchObject({ status: 400, code: "invalid_certificate_id" });
});

test("who holds the personal values gets them attached, and nobody else does", async ({
  accounts,
  request,
}, info) => {
  const owner = await accounts.owner();
  const origin = "https://quotes.leadgen.com";
  const made = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
  const { id: property } = (await made.json()) as { id: string };
  const page = new Page(request, { company: owner.me.company.id, property, origin });
  const commit = {
    ...page.commit({ session: await page.startSession() }),
    contact: { phone: "+13055550123" },
  };
  await page.send(commit);
  const stranger = await accounts.owner(newEmail("stranger"), "Other Leads Inc");
  const attached = async (name: string, key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const answer = await request.get(`/certificate/${commit.certificate_id}/pdf`, { headers });
    const path = info.outputPath(`${name}.pdf`);
    writeFileSync(path, await answer.body());
    return attachmentsOf(path, info.outputPath(name));
  };
  const mine = await attached("mine", await accounts.key(owner, "read"));
  expect(mine.get("disclosures.json")?.toString()).toContain("+13055550123");
  const public_ = await attached("public");
  expect(public_.has("disclosures.json")).toBe(false);
  const theirs = await attached("theirs", await accounts.key(stranger, "read"));
  expect([...theirs.keys()]).toEqual([...public_.keys()]);
});
