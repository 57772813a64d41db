#!/usr/bin/env node
/**
 * The stand-in for `nu datainfra sabesp -- --aurora-stack=STACK jobs create ENV NAME --filename F --job-version V K=V...`.
 * The procedure names `create` only; `list`, `status`, `logs` and `kill` are what an operator does in the web pages of
 * the job system.
 */
import type { JobRequest, JobStatus } from "./engine.ts";

const words = process.argv.slice(2);
const usage = "usage: nu datainfra sabesp -- --aurora-stack=STACK jobs create|list|status|logs|kill ENV [NAME] ...";
process.exitCode = await run();

async function run(): Promise<number> {
  const [area, tool, dashes, stack, jobs, verb, environment, name, ...rest] = words;
  if (
    area !== "datainfra" ||
    tool !== "sabesp" ||
    dashes !== "--" ||
    !stack?.startsWith("--aurora-stack=") ||
    jobs !== "jobs" ||
    !environment
  ) {
    return fail(usage, 2);
  }
  if (verb === "create") return create(environment, name ?? "", rest);
  const json = words.includes("--json");
  if (verb === "list") return show(await listed(environment), json);
  if (!name || name.startsWith("--")) return fail(usage, 2);
  if (verb === "status") {
    const found = (await listed(environment)).find((job) => job.name === name);
    return found ? show([found], json, true) : fail(`no job ${environment}/${name}`, 1);
  }
  if (verb === "logs" || verb === "kill") return ask(`/jobs/${verb}`, { environment, name });
  return fail(usage, 2);
}

function create(environment: string, name: string, rest: readonly string[]): Promise<number> {
  let file = "";
  let version = "";
  const parameters: { [key: string]: string } = {};
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const [, option, inline] = /^--(filename|job-version)(?:=(.*))?$/.exec(word) ?? [];
    if (option === "filename") file = inline ?? rest[++at] ?? "";
    else if (option === "job-version") version = inline ?? rest[++at] ?? "";
    else if (/^[A-Z_]+=/.test(word)) parameters[word.slice(0, word.indexOf("="))] = word.slice(word.indexOf("=") + 1);
    else return Promise.resolve(fail(`nu: I do not understand "${word}"\n${usage}`, 2));
  }
  if (name === "" || file === "" || version === "")
    return Promise.resolve(fail(`nu: NAME, --filename and --job-version are needed\n${usage}`, 2));
  const request: JobRequest = { environment, name, file, version, parameters };
  return ask("/jobs/create", request);
}

async function listed(environment: string): Promise<JobStatus[]> {
  const response = await post("/jobs/list", { environment });
  return (await response.json()) as JobStatus[];
}

function show(jobs: readonly JobStatus[], json: boolean, single = false): number {
  if (json) process.stdout.write(`${JSON.stringify(single ? jobs[0] : jobs)}\n`);
  else
    for (const job of jobs)
      process.stdout.write(`${job.name}\t${job.state}\t${job.done}/${job.total}\t${job.machines} machines\n`);
  return 0;
}

async function ask(path: string, body: object): Promise<number> {
  const response = await post(path, body);
  const text = await response.text();
  if (!response.ok) return fail(text, 1);
  process.stdout.write(text.endsWith("\n") || text === "" ? text : `${text}\n`);
  return 0;
}

function post(path: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${process.env.LAB_CONTROL_TOKEN}` };
  return fetch(`${process.env.LAB_CONTROL_URL}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}
