// Reads PDF files with other people's programs, and certificates with the native command.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./worker.ts";

/** What `qpdf --check` says; its first line names the problem when there is one. */
export function qpdfCheck(path: string): string {
  return spawnSync("qpdf", ["--check", path], { encoding: "utf8" }).stdout;
}

/** The text of all pages, in reading order. */
export function textOf(path: string): string {
  return execFileSync("pdftotext", [path, "-"], { encoding: "utf8" });
}

/** Every attached file, as poppler extracts it into `folder`. */
export function attachmentsOf(path: string, folder: string): Map<string, Buffer> {
  mkdirSync(folder, { recursive: true });
  execFileSync("pdfdetach", ["-saveall", "-o", folder, path]);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

/** Pages as images; the paths of the files. */
export function imagesOf(path: string, prefix: string): string[] {
  execFileSync("pdftoppm", ["-r", "110", "-png", path, prefix]);
  const [folder, name] = [join(prefix, ".."), prefix.split("/").at(-1) ?? ""];
  const files = readdirSync(folder).filter((file) => file.startsWith(name));
  return files.sort().map((file) => join(folder, file));
}

/** Fonts that a PDF uses without carrying them. */
export function foreignFonts(path: string): string[] {
  const [, , ...lines] = execFileSync("pdffonts", [path], { encoding: "utf8" }).trim().split("\n");
  return lines.filter((line) => !/\byes\s+yes\s+yes\b/.test(line));
}

/** The native command, run in a network of its own that leads nowhere. */
export function econsentVerify(path: string, jwks: string): { code: number | null; out: string } {
  const command = join(root, "target/debug/econsent-verify");
  const alone = spawnSync("unshare", ["--net", "true"]).status === 0 ? ["unshare", "--net"] : [];
  const [program = command, ...before] = [...alone, command];
  const run = spawnSync(program, [...before, path, "--jwks", jwks], { encoding: "utf8" });
  return { code: run.status, out: run.stdout + run.stderr };
}
