// Commitments and personal values as the database keeps them, read and written from their description
// alone (docs/decisions.md).
import { sha256 } from "./evidence.ts";

/** Each name's number is its place here. */
const names = ["ip", "user_agent", "page", "language", "city", "phone", "email"];

/** The salt of a value: half of a digest of the seed and the value's name. */
export function saltOf(seed: Uint8Array, name: string): Buffer {
  return sha256("econsent-salt-v1\n", Buffer.from(seed), name).subarray(0, 16);
}

/** Commitments, by name. */
export function packCommitments(commitments: Map<string, Buffer>): Buffer {
  const parts = names.flatMap((name, number) => {
    const commitment = commitments.get(name);
    return commitment ? [Buffer.from([number]), commitment] : [];
  });
  return Buffer.concat(parts);
}

/** Commitments in base64url, by name. */
export function unpackCommitments(packed: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < packed.length; at += 33) {
    const commitment = Buffer.from(packed.subarray(at + 1, at + 33));
    found[names[packed[at] ?? -1] ?? "?"] = commitment.toString("base64url");
  }
  return found;
}

/** Values under salts from one seed. */
export function packValues(seed: Buffer, values: Record<string, string>): Buffer {
  const parts = names.flatMap((name, number) => {
    const value = values[name];
    if (value === undefined) {
      return [];
    }
    const bytes = Buffer.from(value);
    return [Buffer.from([number, ...lengthOf(bytes.length)]), bytes];
  });
  return Buffer.concat([Buffer.from([2]), seed, ...parts]);
}

/** Values with their salts in base64url, whether the salts come from a seed or stand beside them. */
export function unpackValues(packed: Uint8Array): Record<string, { salt: string; value: string }> {
  const bytes = Buffer.from(packed);
  const seed = bytes[0] === 2 ? bytes.subarray(1, 17) : null;
  const found: Record<string, { salt: string; value: string }> = {};
  let at = seed ? 17 : 1;
  while (at < bytes.length) {
    const name = names[bytes[at] ?? -1] ?? "?";
    at += 1;
    const salt = seed ? saltOf(seed, name) : bytes.subarray(at, at + 16);
    at += seed ? 0 : 16;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) {
        break;
      }
    }
    const value = bytes.subarray(at, at + length).toString();
    found[name] = { salt: salt.toString("base64url"), value };
    at += length;
  }
  return found;
}

function lengthOf(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthOf(length >> 7)];
}
