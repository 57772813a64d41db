import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { ActionContext } from "../../domain/action.ts";
import { path, positiveDuration, toMs } from "../fields.ts";
import type { HttpCall } from "./client.ts";

const httpUrl = z.string().refine(isHttpUrl, "not an http:// or https:// URL");

/** What `http.request` and `http.poll` have in common. */
export const requestFields = {
  url: httpUrl,
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
  query: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("added to the URL, encoded"),
  headers: z.record(z.string(), z.string()).default({}),
  secretHeaders: z
    .record(z.string(), z.strictObject({ secret: z.string(), prefix: z.string().default("") }))
    .default({})
    .describe('header -> { secret: <name>, prefix: "Bearer " }'),
  body: z.string().optional(),
  json: z.unknown().optional().describe("a body sent as JSON"),
  caFile: path.optional().describe("PEM file with the authorities to trust"),
  insecure: z.boolean().default(false).describe("accept any certificate"),
  redirects: z.int().min(0).max(20).default(5),
  maxBody: z
    .int()
    .positive()
    .default(8 * 1024 * 1024)
    .describe("bytes of an answer that are kept in memory"),
};

const fields = z.strictObject(requestFields);
export type RequestFields = z.infer<typeof fields>;

/** Everything for the call, secrets put in at the last moment; `perCall` is the time one call may take. */
export async function prepareCall(
  given: RequestFields,
  perCall: number | string,
  context: Pick<ActionContext, "cwd" | "secret" | "signal">,
): Promise<HttpCall> {
  const headers: Record<string, string> = { "user-agent": "runsheet" };
  const body = given.json === undefined ? given.body : JSON.stringify(given.json);
  if (given.json !== undefined) headers["content-type"] = "application/json";
  for (const [name, value] of Object.entries(given.headers)) headers[name.toLowerCase()] = value;
  for (const [name, { secret, prefix }] of Object.entries(given.secretHeaders)) {
    headers[name.toLowerCase()] = prefix + context.secret(secret);
  }
  return {
    method: given.method,
    url: withQuery(given),
    headers,
    ...(body === undefined ? {} : { body }),
    timeoutMs: toMs(perCall),
    signal: context.signal,
    maxBodyBytes: given.maxBody,
    maxRedirects: given.redirects,
    insecure: given.insecure,
    ...(given.caFile === undefined ? {} : { ca: await readFile(resolve(context.cwd, given.caFile), "utf8") }),
  };
}

/** For previews and messages: method and URL, without any password in it. */
export function describeCall(given: Pick<RequestFields, "method" | "url" | "query">): string {
  const url = new URL(withQuery(given));
  if (url.password !== "") url.password = "***";
  return `${given.method} ${url.href}`;
}

/** `timeout` of one call. */
export const callTimeout = positiveDuration.default("30s").describe("how long one call may take");

function withQuery({ url, query }: Pick<RequestFields, "url" | "query">): string {
  const result = new URL(url);
  for (const [name, value] of Object.entries(query)) result.searchParams.append(name, `${value}`);
  return result.href;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
