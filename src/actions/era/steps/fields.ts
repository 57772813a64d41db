import { z } from "zod";
import type { ActionContext, ActionResult } from "../../../domain/action.ts";
import { path } from "../../fields.ts";
import type { Outcome } from "../failed.ts";
import type { EraCall } from "../operations.ts";
import type { EraFile } from "../source/source.ts";

/** Parameters that stand for themselves; the command line has them as flags of the same names. */
export const networkField = {
  network: z.string().min(1).describe("mainnet, gnosis, sepolia, holesky, hoodi, chiado, or the path of a config.yaml"),
};

export const rangeField = { range: z.string().min(1).describe("1082, 1082-1100 or 1082+") };

export const sourceField = {
  source: z
    .string()
    .optional()
    .describe("s3://BUCKET/PREFIX, https://HOST/PATH or a directory; empty: ERA_BASE_URL of the step's env"),
};

export const databaseFields = {
  clickhouse: z
    .string()
    .optional()
    .describe("http(s)://HOST:PORT or chdb:DIRECTORY; empty: CLICKHOUSE_HOST, _PORT, _SECURE of the step's env"),
  user: z.string().optional().describe("default: CLICKHOUSE_USER of the step's env, else default"),
  password: z.strictObject({ secret: z.string() }).optional().describe("{ secret: <name of a declared secret> }"),
  database: z.string().optional().describe("empty: CLICKHOUSE_DATABASE of the step's env, else beacon_<network>"),
  compat: z.boolean().default(false).describe("the database holds exactly the values that era-parser writes"),
};

export const datasetsField = {
  datasets: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .describe("only these of the fifteen tables, as a list or separated by commas; empty: all"),
};

export const downloadFields = {
  downloadDir: path.optional().describe("default: ERA_DOWNLOAD_DIR of the step's env, else among the temporary files"),
  skipState: z.boolean().default(false).describe("leave out the state: a fifth to a third less data, fewer checks"),
};

/** An era file as `era.plan` lists it and `era.download` takes it. */
export const eraFile = z.strictObject({
  network: z.string(),
  era: z.int(),
  name: z.string(),
  location: z.string(),
  sizeBytes: z.int().nullable(),
  etag: z.string().nullable(),
});

export type EraFileJson = z.infer<typeof eraFile>;

export function fileToJson({ network, era, name, location, sizeBytes, etag }: EraFile): EraFileJson {
  return { network, era, name, location, sizeBytes: sizeBytes ?? null, etag: etag ?? null };
}

export function fileFromJson({ sizeBytes, etag, ...file }: EraFileJson): EraFile {
  const shortRoot = /-([0-9a-f]{8})\.era$/.exec(file.name)?.[1];
  return { ...file, shortRoot, sizeBytes: sizeBytes ?? undefined, etag: etag ?? undefined };
}

type Access = { readonly user?: string | undefined; readonly password?: { readonly secret: string } | undefined };

/** The step's surroundings as the operations know them. */
export function callOf(given: Access, context: ActionContext): EraCall {
  const { cwd, env, signal } = context;
  const access = {
    ...(given.user === undefined ? {} : { CLICKHOUSE_USER: given.user }),
    ...(given.password === undefined ? {} : { CLICKHOUSE_PASSWORD: context.secret(given.password.secret) }),
  };
  return { cwd, signal, env: { ...env, ...access }, log: (line) => context.log(line) };
}

export function resultOf<T, O>(outcome: Outcome<T>, outputs: (value: T) => O): ActionResult<O> {
  return outcome.kind === "ok" ? { kind: "ok", outputs: outputs(outcome.value) } : outcome;
}
