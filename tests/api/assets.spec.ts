import { expect, test } from "../support/test.ts";

test("the tracker's loader may be loaded from every site and is cached for minutes", async ({
  request,
}) => {
  const answer = await request.get("/tracker.js");
  expect(answer.status()).toBe(200);
  expect(answer.headers()).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  });
});

test("the tracker's wasm lies under its digest, unchanging, with the type browsers insist on", async ({
  request,
}) => {
  const pin = await (await request.get("/tracker.json")).json();
  const answer = await request.get(`/t/${pin.hash}/econsent_tracker_bg.wasm`);
  expect(answer.status()).toBe(200);
  expect(answer.headers()).toMatchObject({
    "content-type": "application/wasm",
    "cache-control": "public, max-age=31536000, immutable",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
});

test("the pinned loader is the short-lived one, byte for byte, and fits its integrity", async ({
  request,
}) => {
  const pin = await (await request.get("/tracker.json")).json();
  const pinned = await (await request.get(pin.src)).body();
  expect(await (await request.get("/tracker.js")).body()).toEqual(pinned);
  const digest = await crypto.subtle.digest("SHA-384", new Uint8Array(pinned));
  expect(pin.integrity).toBe(`sha384-${Buffer.from(digest).toString("base64")}`);
});
