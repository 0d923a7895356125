// Reads QR codes out of images, with somebody else's reader.
import { execFileSync } from "node:child_process";

/** The texts of all codes in an image file. */
export function readCodes(path: string): string[] {
  const output = execFileSync("zbarimg", ["--quiet", "--raw", path], { encoding: "utf8" });
  return output.split("\n").filter((line) => line !== "");
}
