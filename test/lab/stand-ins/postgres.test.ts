import { execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../../src/lab/free-ports.ts";
import { connectPostgres } from "../../../src/lab/stand-ins/postgres/client.ts";
import { type PostgresFront, startPostgresFront } from "../../../src/lab/stand-ins/postgres/front.ts";

const run = promisify(execFile);
const psqlStandIn = fileURLToPath(new URL("../../../src/lab/stand-ins/postgres/psql.ts", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "runsheet-pg-"));
const onPath = (program: string) =>
  (process.env.PATH ?? "")
    .split(":")
    .map((part) => join(part, program))
    .find((file) => existsSync(file));

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What every server must do for the scheduler unit's stand-ins. */
async function exercise(url: string) {
  const client = await connectPostgres(url);
  await client.query(
    "CREATE TABLE IF NOT EXISTS things (row_id SERIAL PRIMARY KEY, name VARCHAR(50), bundle BYTEA, big BIGINT)",
  );
  const inserted = await client.query("INSERT INTO things (name, bundle, big) VALUES ($1, $2, $3)", [
    "it's $1; --",
    "\\x00ff",
    "9007199254740993",
  ]);
  expect(inserted.tag).toBe("INSERT 0 1");
  const { rows } = await client.query("SELECT name, bundle, big FROM things WHERE name = $1", ["it's $1; --"]);
  expect(rows).toEqual([{ name: "it's $1; --", bundle: "\\x00ff", big: "9007199254740993" }]);
  await expect(client.query("SELECT * FROM nowhere")).rejects.toThrow(/nowhere/);
  await expect(client.query("SELECT $1 FROM nowhere", ["x"])).rejects.toThrow(/nowhere/);
  const results = await client.script("SELECT count(*) AS n FROM things; SELECT 'a' AS letter");
  expect(results.map(({ rows: found }) => found)).toEqual([[{ n: "1" }], [{ letter: "a" }]]);
  await client.end();
}

describe("the SQLite front", () => {
  let front: PostgresFront;
  beforeAll(async () => {
    front = await startPostgresFront(join(dir, "front"), "pass word");
  });
  afterAll(() => front.close());

  test("speaks PostgreSQL's protocol to our client", () => exercise(front.url("su")));

  test("keeps databases apart and refuses a wrong password", async () => {
    const other = await connectPostgres(front.url("other"));
    await expect(other.query("SELECT * FROM things")).rejects.toThrow(/things/);
    await other.end();
    await expect(connectPostgres(front.url("su").replace(/:[^:@]+@/, ":wrong@"))).rejects.toThrow(
      /password authentication failed/,
    );
  });

  const psqls: [string, string[]][] = [["the stand-in psql", [process.execPath, psqlStandIn]]];
  const real = onPath("psql");
  if (real) psqls.push(["the real psql", [real]]);

  test.each(psqls)(
    "%s prints unaligned rows, and takes its login from the environment",
    async (_, [program = "", ...first]) => {
      const url = new URL(front.url("su"));
      const env = {
        ...process.env,
        PGHOST: url.hostname,
        PGPORT: url.port,
        PGUSER: url.username,
        PGPASSWORD: decodeURIComponent(url.password),
        PGDATABASE: "su",
      };
      const sql = "select name, big from things";
      const { stdout } = await run(program, [...first, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], {
        env,
      });
      expect(stdout).toBe("it's $1; --|9007199254740993\n");
      await expect(
        run(program, [...first, "-XAtqc", "select nonsense from nowhere", "-v", "ON_ERROR_STOP=1"], { env }),
      ).rejects.toMatchObject({ code: expect.any(Number) });
    },
  );
});

const missing = ["initdb", "postgres"].find((program) => !onPath(program));

describe.skipIf(missing !== undefined)(
  `a real PostgreSQL${missing ? ` (skipped: no ${missing} on this machine)` : ""}`,
  () => {
    const home = join(dir, "real");
    let stop = async () => {};
    let url = "";

    beforeAll(async () => {
      const [port = 0] = await freePorts(1);
      // PostgreSQL refuses to run as root.
      const [uid, gid] =
        process.getuid?.() === 0 ? idsOf("postgres") : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
      writeFileSync(join(dir, "password"), "secret\n");
      execFileSync("mkdir", ["-p", home]);
      for (const path of [dir, home, join(dir, "password")]) chownSync(path, uid, gid);
      const as = { uid, gid, cwd: home, stdio: "ignore" as const };
      execFileSync(
        "initdb",
        ["-D", join(home, "data"), "-A", "scram-sha-256", "-U", "su", `--pwfile=${join(dir, "password")}`, "-N"],
        as,
      );
      const server = spawn(
        "postgres",
        [
          "-D",
          join(home, "data"),
          "-p",
          String(port),
          "-c",
          "listen_addresses=127.0.0.1",
          "-c",
          `unix_socket_directories=${home}`,
          "-c",
          "fsync=off",
        ],
        as,
      );
      stop = () =>
        new Promise((resolve) => {
          server.once("exit", () => resolve());
          server.kill("SIGINT");
        });
      url = `postgres://su:secret@127.0.0.1:${port}/postgres`;
      for (;;) {
        const client = await connectPostgres(url).catch(() => undefined);
        if (client) return client.end();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    afterAll(() => stop());

    test("is spoken to by our client, with its default login (SCRAM)", () => exercise(url));

    test("refuses a wrong password", async () => {
      await expect(connectPostgres(url.replace("secret", "wrong"))).rejects.toThrow(/password authentication failed/);
    });
  },
);

function idsOf(user: string): [number, number] {
  return ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }))) as [number, number];
}
