import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ContractTarget } from "./contract.ts";

const PROGRAMS = ["ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin"];

/** Undefined when Ceph's object gateway can be started on this machine. */
export function radosgwProblem(): string | undefined {
  const missing = PROGRAMS.filter((name) => spawnSync("which", [name], { stdio: "ignore" }).status !== 0);
  return missing.length === 0
    ? undefined
    : `needs ${missing.join(", ")}; Debian: apt install radosgw ceph-osd ceph-mon`;
}

export type Radosgw = ContractTarget & { close(): Promise<void> };

/**
 * The smallest Ceph that serves S3: a monitor, one store in memory and the gateway, on free ports of 127.0.0.1, in a directory of
 * its own. Takes about 15 s. Without tcp_nodelay every answer of the gateway waits 40 ms.
 */
export async function startRadosgw(): Promise<Radosgw> {
  const dir = mkdtempSync(join(tmpdir(), "radosgw-"));
  const children: ChildProcess[] = [];
  const inDir = (name: string) => join(dir, name);
  const run = (program: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(program, args, { cwd: dir, encoding: "utf8", timeout: 60_000 });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stderr}`);
  };
  const begin = (program: string, ...args: string[]) => {
    const out = openSync(inDir(`${program}.out`), "w");
    const child = spawn(program, [...args, "-f", "-c", "ceph.conf"], { cwd: dir, stdio: ["ignore", out, out] });
    children.push(child);
    return child;
  };
  const close = async () => {
    for (const child of children.toReversed()) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await ended;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const [v2, v1, http] = [await freePort(), await freePort(), await freePort()];
    const [cluster, osd] = [randomUUID(), randomUUID()];
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    writeFileSync(inDir("ceph.conf"), configuration(dir, cluster, address));
    run("ceph-authtool", "--create-keyring", "keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *");
    for (const [name, caps] of Object.entries(CAPS)) {
      run("ceph-authtool", "keyring", "--gen-key", "-n", name, ...caps.flatMap(([of, cap]) => ["--cap", of, cap]));
    }
    run("monmaptool", "--create", "--addv", "a", address, "--fsid", cluster, "monmap");
    run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring", "-c", "ceph.conf");
    begin("ceph-mon", "-i", "a");
    run("ceph", "-c", "ceph.conf", "--connect-timeout", "30", "osd", "new", osd);
    mkdirSync(inDir("osd"));
    run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", osd, "-c", "ceph.conf");
    begin("ceph-osd", "-i", "0");
    const frontend = `beast endpoint=127.0.0.1:${http} tcp_nodelay=1`;
    const gateway = begin("radosgw", "-n", "client.rgw", "--rgw-frontends", frontend);
    const [accessKeyId, secretAccessKey] = ["LABACCESSKEY", "lab-secret-key"];
    const keys = ["--access-key", accessKeyId, "--secret-key", secretAccessKey];
    run("radosgw-admin", "-c", "ceph.conf", "user", "create", "--uid", "lab", "--display-name", "lab", ...keys);
    const endpoint = `http://127.0.0.1:${http}`;
    while (!(await answers(endpoint))) {
      if (gateway.exitCode !== null) throw new Error(`radosgw ended:\n${readFileSync(inDir("radosgw.out"), "utf8")}`);
      await pause(100);
    }
    return { endpoint, region: "us-east-1", accessKeyId, secretAccessKey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const CAPS: { readonly [name: string]: readonly (readonly [of: string, cap: string])[] } = {
  "client.admin": [
    ["mon", "allow *"],
    ["osd", "allow *"],
  ],
  "client.rgw": [
    ["mon", "allow rw"],
    ["osd", "allow rwx"],
  ],
  "osd.0": [
    ["mon", "allow profile osd"],
    ["osd", "allow *"],
  ],
};

function configuration(dir: string, cluster: string, address: string): string {
  return `[global]
fsid = ${cluster}
mon host = ${address}
mon initial members = a
public addr = 127.0.0.1
keyring = ${dir}/keyring
run dir = ${dir}
admin socket = ${dir}/$name.asok
log file = ${dir}/$name.log
mon data = ${dir}/mon
osd data = ${dir}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
`;
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
