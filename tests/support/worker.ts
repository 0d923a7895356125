// A worker of the tests' own: the built worker on real workerd, on a free port,
// with an empty storage folder and keys of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
const migrations = join(root, "worker/migrations");
const startLimit = 120_000;

/** The name under which pages of other sites reach the worker. */
export const workerHost = "app.econsent.test";

export interface Worker {
  port: number;
  /** The folder of its whole state. */
  state: string;
  /** The file that its log is written to. */
  log: string;
  stop(): Promise<void>;
  /** Ends it and the runtime below it without a chance to finish anything. */
  kill(): Promise<void>;
}

/**
 * Starts a worker whose whole state lies in `folder`, its log in `log`; `settings` are `NAME:value`.
 * Flood control is off unless they say otherwise: every test calls from the same address.
 */
export async function startWorker(
  folder: string,
  log: string,
  settings: string[] = [],
): Promise<Worker> {
  const { environment, secrets, again } = prepareState(folder);
  const port = await freePort();
  const child = spawn(
    program("wrangler"),
    [
      ["dev", "--ip", "127.0.0.1", "--port", String(port), "--persist-to", folder],
      // Left to itself, wrangler looks for a free one, and two that start at once find the same.
      ["--inspector-port", String(await freePort())],
      [
        "--env-file",
        secrets,
        "--var",
        "DEMO:true",
        "--var",
        "WEBHOOKS_LOOPBACK:true",
        "--var",
        "FAULTS:true",
      ],
      ["--var", `PUBLIC_URL:http://${workerHost}:${port}`],
      ["FLOOD_CONTROL:off", ...settings].flatMap((setting) => ["--var", setting]),
      ["--test-scheduled", "--show-interactive-dev-session", "false"],
    ].flat(),
    { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  const output = createWriteStream(log, { flags: again ? "a" : "w" });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  try {
    await untilReady(child, port, log);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { port, state: folder, log, stop: () => stop(child), kill: () => kill(child) };
}

/** A folder with a database and secrets; `again` when it had them. */
export function prepareState(folder: string) {
  mkdirSync(folder, { recursive: true });
  const environment = wranglerEnvironment(folder);
  const secrets = join(folder, "secrets.env");
  // A worker that starts again on its state has the keys it had, and goes on with its log.
  const again = existsSync(secrets);
  if (!again) {
    writeFileSync(secrets, generateSecrets());
  }
  createDatabase(folder, environment);
  return { environment, secrets, again };
}

/** A port that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function program(name: string): string {
  return join(root, "node_modules/.bin", name);
}

function wranglerEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`,
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_REGISTRY_PATH: join(folder, "registry"),
    WRANGLER_LOG_PATH: join(folder, "logs"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
}

/** The same generator that `cargo xtask run` fills .dev.vars with. */
function generateSecrets(): string {
  const [command, ...before] = process.env.ECONSENT_XTASK
    ? [process.env.ECONSENT_XTASK]
    : ["cargo", "xtask"];
  return execFileSync(command as string, [...before, "secrets"], { cwd: root, encoding: "utf8" });
}

function createDatabase(folder: string, env: NodeJS.ProcessEnv): void {
  const place = ["DB", "--local", "--persist-to", folder];
  const hasMigrations = readdirSync(migrations).some((name) => name.endsWith(".sql"));
  const command = hasMigrations
    ? ["d1", "migrations", "apply", ...place]
    : ["d1", "execute", ...place, "--command", "SELECT 1"];
  execFileSync(program("wrangler"), command, { cwd: root, env, stdio: "pipe" });
}

/** Waits until it answers. */
export async function untilReady(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = Date.now() + startLimit;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`the worker ended with ${child.exitCode}: see ${log}`);
    }
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/tracker.js`);
      if (answer.ok) {
        return;
      }
    } catch {
      // Not listening yet.
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`the worker did not answer within ${startLimit / 1000} s: see ${log}`);
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once("exit", done));
  // The runtime first: wrangler would see it off in good order.
  for (const pid of descendants(child.pid ?? 0).reverse()) {
    process.kill(pid, "SIGKILL");
  }
  await ended;
}

/** A process and all that it started, parents first. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...(children ? children.split(" ").flatMap((id) => descendants(Number(id))) : [])];
}

/** Ends it in good order, or after ten seconds in any. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(insist);
}

/** A key of the worker's own secrets, for tests that check or make signatures themselves. */
export function workerKey(worker: Worker, secret: string, kid: string): Buffer {
  const lines = readFileSync(join(worker.state, "secrets.env"), "utf8").split("\n");
  const line = lines.find((line) => line.startsWith(`${secret}=`)) ?? "";
  const json = line.slice(secret.length + 1).replace(/^'(.*)'$/, "$1");
  const keys = JSON.parse(json) as { kid: string; secret: string }[];
  const key = keys.find((key) => key.kid === kid);
  if (key === undefined) {
    throw new Error(`${secret} has no key ${kid}`);
  }
  return Buffer.from(key.secret, "base64url");
}
