import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { type S3Options, type S3Server, startS3 } from "../../../src/lab/s3/start.ts";
import { type ContractTarget, s3Contract } from "./contract.ts";

describe("the lab's S3 server in memory", () => s3Contract(lab(async () => ({}))));

describe("the lab's S3 server on disk", () => {
  s3Contract(
    lab(async () => {
      const dir = await mkdtemp(join(tmpdir(), "s3-lab-"));
      afterDirs.push(dir);
      return { dir };
    }),
  );
});

const { RUNSHEET_S3_ENDPOINT, RUNSHEET_S3_ACCESS_KEY, RUNSHEET_S3_SECRET_KEY, RUNSHEET_S3_REGION } = process.env;

if (RUNSHEET_S3_ENDPOINT && RUNSHEET_S3_ACCESS_KEY && RUNSHEET_S3_SECRET_KEY) {
  const target: ContractTarget = {
    endpoint: RUNSHEET_S3_ENDPOINT,
    region: RUNSHEET_S3_REGION ?? "us-east-1",
    accessKeyId: RUNSHEET_S3_ACCESS_KEY,
    secretAccessKey: RUNSHEET_S3_SECRET_KEY,
  };
  const without = (process.env.RUNSHEET_S3_WITHOUT ?? "").split(";").filter((name) => name !== "");
  describe(`the S3 server at ${RUNSHEET_S3_ENDPOINT}`, () => s3Contract(async () => target, without));
} else {
  test.skip("another S3 server (set RUNSHEET_S3_ENDPOINT, RUNSHEET_S3_ACCESS_KEY and RUNSHEET_S3_SECRET_KEY)", () => {});
}

const servers: S3Server[] = [];
const afterDirs: string[] = [];

function lab(options: () => Promise<S3Options>): () => Promise<ContractTarget> {
  return async () => {
    const server = await startS3(await options());
    servers.push(server);
    return { endpoint: server.endpoint, region: "us-east-1", ...server.credentials };
  };
}

afterAll(async () => {
  for (const server of servers) await server.close();
  for (const dir of afterDirs) await rm(dir, { recursive: true });
});
