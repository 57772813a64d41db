import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { aggregateJob, type JobSettings, manualJobs, type PlannedJob, parcelJobs } from "./jobs-plan.ts";

/** A word inside ARGS, where three underscores stand between words. */
const word = z.string().regex(/^[^\s_<>]+(?:_{1,2}[^\s_<>]+)*$/, "no spaces, no < > and no three underscores in a row");

const params = z
  .strictObject({
    plan: z
      .enum(["parcels", "manual", "aggregate"])
      .describe("parcels: everything in equal shares; manual: given groups of datasets; aggregate: join the results"),
    parcels: z.int().min(1).max(1000).optional().describe("how many parcels, with `plan: parcels`"),
    groups: z.array(z.array(word).min(1)).optional().describe("datasets of each job, with `plan: manual`"),
    version: word.describe("version of the image that validates"),
    transaction: word.describe("an unclaimed transaction, for the results"),
    resultBucket: z
      .string()
      .regex(/^s3a:\/\/[^/\s_]+$/, "s3a://bucket")
      .describe("where results go, s3a://bucket"),
    namePrefix: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .default("log-validator"),
    environment: z.string().min(1).default("prod"),
    machines: z.int().min(1).default(40).describe("machines per job; the aggregate job gets one"),
    instanceType: z.string().min(1).default("m4.2xlarge"),
    scaleVersion: z.string().min(1).default("308ce8e"),
    parameters: z
      .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.union([z.string(), z.int()]))
      .default({
        DRIVER_MEMORY_JAVA: "20G",
        DRIVER_MEMORY: 23622320128,
        EXECUTOR_MEMORY: 28991029248,
        CORES: 2560000,
        METAPOD_ENVIRONMENT: "prod",
        COUNTRY: "br",
        ZK_MASTER: "zk://cantareira-zookeeper.nubank.com.br:2181/cantareira-stable",
      })
      .describe("KEY=VALUE words of the validation jobs"),
  })
  .refine(({ plan, parcels }) => (plan === "parcels") === (parcels !== undefined), {
    path: ["parcels"],
    message: "is needed with `plan: parcels`, and only then",
  })
  .refine(({ plan, groups }) => (plan === "manual") === (groups !== undefined), {
    path: ["groups"],
    message: "is needed with `plan: manual`, and only then",
  });

const outputs = z.strictObject({
  jobs: z
    .array(
      z.strictObject({
        name: z.string(),
        create: z.array(z.string()),
        feed: z.array(z.string()),
        downscale: z.array(z.string()),
      }),
    )
    .describe("arguments behind the jobs command, for creating the job, its machines, and taking those away"),
});

type Params = z.output<typeof params>;

export const jobsAction = defineAction<Params, z.output<typeof outputs>>({
  kind: "logcache.jobs",
  title: "Plan the validation jobs",
  description:
    "Works out names and arguments of the validation jobs and of their machines; starts nothing. Parcels are numbered 0 to " +
    "n-1, each with its own --parcel-id, so that together they validate everything once.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "native", lines: planOf(given).map(({ create }) => `would plan: ${create.join(" ")}`) };
  },
  async run(given, { log }) {
    const jobs = planOf(given).map(({ name, create, feed, downscale }) => ({
      name,
      create: [...create],
      feed: [...feed],
      downscale: [...downscale],
    }));
    for (const job of jobs) log(`${job.name}: ${job.create.join(" ")}`);
    return { kind: "ok", outputs: { jobs } };
  },
});

function planOf(given: Params): PlannedJob[] {
  const settings: JobSettings = given;
  if (given.plan === "parcels") return parcelJobs(given.parcels ?? 1, settings);
  return given.plan === "manual" ? manualJobs(given.groups ?? [], settings) : [aggregateJob(settings)];
}
