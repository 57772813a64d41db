import { type CacheEntry, validationName } from "./catalogue.ts";
import { readArguments } from "./job-arguments.ts";
import { type ParquetColumn, writeParquet } from "./parquet.ts";

export type JobState = "PENDING" | "RUNNING" | "FINISHED" | "FAILED" | "KILLED";

/** A job as `jobs status --json` shows it. */
export type JobStatus = {
  readonly name: string;
  readonly environment: string;
  readonly file: string;
  readonly version: string;
  readonly state: JobState;
  readonly machines: number;
  /** Validations done, of how many. */
  readonly done: number;
  readonly total: number;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly parameters: Readonly<Record<string, string>>;
};

export type JobRequest = {
  readonly environment: string;
  readonly name: string;
  readonly file: string;
  readonly version: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** Troubles of the job runner; empty means healthy. */
export type JobFaults = {
  /** Databases whose validations never end when they share a parcel with others; alone (`--filter-by-name`) they do. */
  stuck?: string[];
  /** Validations (`raw-feed-s0/log-validation`) whose result is not valid. */
  invalid?: string[];
};

/** The object storage in which jobs find the cache and leave their result. */
export type JobStorage = {
  exists(bucket: string, prefix: string): Promise<boolean>;
  put(bucket: string, key: string, bytes: Buffer): Promise<void>;
};

export type JobEngineOptions = {
  readonly catalogue: readonly CacheEntry[];
  readonly storage: JobStorage;
  readonly cacheBucket: string;
  readonly faults: JobFaults;
  /** Time one validation takes on one machine, per gigabyte. */
  readonly msPerGigabyte: number;
};

/** The batch system behind `nu datainfra sabesp jobs`: validators wait for machines, work through their parcel, and log. */
export type JobEngine = {
  create(request: JobRequest): JobOutcome;
  kill(environment: string, name: string): JobOutcome;
  list(environment: string): JobStatus[];
  logs(environment: string, name: string): readonly string[] | undefined;
  close(): void;
};

export type JobOutcome =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string };

type Job = {
  request: JobRequest;
  state: JobState;
  work: CacheEntry[];
  done: number;
  log: string[];
  createdMs: number;
  endedMs?: number;
};

const keptLines = 2_000;
const longestMachineGain = 50;

export function createJobEngine({
  catalogue,
  storage,
  cacheBucket,
  faults,
  msPerGigabyte,
}: JobEngineOptions): JobEngine {
  const jobs = new Map<string, Job>();
  const machines = new Map<string, number>();
  const results = new Map<string, boolean>();
  const timers = new Set<NodeJS.Timeout>();
  return { create, kill, list, logs: (environment, name) => jobs.get(`${environment}/${name}`)?.log, close };

  function create(request: JobRequest): JobOutcome {
    const id = `${request.environment}/${request.name}`;
    const known = jobs.get(id);
    if (known && (known.state === "PENDING" || known.state === "RUNNING")) {
      return { kind: "refused", text: `Job ${id} already exists` };
    }
    const job: Job = { request, state: "PENDING", work: [], done: 0, log: [], createdMs: Date.now() };
    jobs.set(id, job);
    if (request.file === "scale-ec2") scale(job);
    else if (request.file === "log-validator-cli") prepare(job);
    else end(job, "FAILED", `unknown job file ${request.file}`);
    return { kind: "ok", text: `job ${id} created` };
  }

  /** Gives machines to the jobs of one kind, or takes all of them away. */
  function scale(job: Job) {
    const { NODE_COUNT, SLAVE_TYPE = "", INSTANCE_TYPE = "" } = job.request.parameters;
    const count = Number(NODE_COUNT ?? 0);
    job.state = "RUNNING";
    later(200, () => {
      machines.set(SLAVE_TYPE, count);
      say(job, `${count} ${INSTANCE_TYPE} machines for ${SLAVE_TYPE}`);
      end(job, "FINISHED");
      for (const waiting of jobs.values()) if (waiting.request.name === SLAVE_TYPE) begin(waiting);
    });
  }

  function prepare(job: Job) {
    const { parcelCount, parcelId, names, problem } = readArguments(job.request.parameters.ARGS ?? "");
    if (problem) return end(job, "FAILED", problem);
    if (names) {
      job.work = catalogue.filter((entry) => names.includes(validationName(entry)));
      const unknown = names.find((name) => !catalogue.some((entry) => validationName(entry) === name));
      if (unknown) return end(job, "FAILED", `no such dataset: ${unknown}`);
    } else if (parcelCount !== undefined) {
      const databases = [...new Set(catalogue.map(({ database }) => database))].sort();
      const mine = databases.filter((_, at) => Math.floor((at * parcelCount) / databases.length) === parcelId);
      job.work = catalogue.filter(({ database }) => mine.includes(database));
    }
    say(job, `waiting for machines of type ${job.request.parameters.ITAIPU_NAME ?? job.request.name}`);
    begin(job);
  }

  function begin(job: Job) {
    if (job.state !== "PENDING" || (machines.get(job.request.name) ?? 0) === 0) return;
    job.state = "RUNNING";
    if (readArguments(job.request.parameters.ARGS ?? "").aggregate) void aggregate(job);
    else void next(job);
  }

  async function next(job: Job): Promise<void> {
    const entry = job.work[job.done];
    if (job.state !== "RUNNING") return;
    if (!entry) return end(job, "FINISHED", `all ${job.work.length} validations done`);
    const name = validationName(entry);
    const path = `cache/${entry.key}`;
    if (!(await storage.exists(cacheBucket, `${path}/`))) {
      results.set(name, false);
      return end(
        job,
        "FAILED",
        `org.apache.spark.sql.AnalysisException: Path does not exist: s3a://${cacheBucket}/${path};`,
      );
    }
    say(job, `validating ${name} (${(entry.sizeBytes / 1e9).toFixed(1)} GB)`);
    const alone =
      job.work.every(({ database }) => database === entry.database) ||
      /--filter-by-name/.test(job.request.parameters.ARGS ?? "");
    if (faults.stuck?.includes(entry.database) && !alone)
      return say(job, `stage 17: 199/200 tasks, executor lost, retrying`);
    const gain = Math.min(longestMachineGain, machines.get(job.request.name) ?? 1);
    later(Math.max(1, ((entry.sizeBytes / 1e9) * msPerGigabyte * 10) / gain), () => {
      if (job.state !== "RUNNING") return;
      results.set(name, !faults.invalid?.includes(name));
      job.done++;
      void next(job);
    });
  }

  /** Joins the results of all validations into the one dataset that people look at. */
  async function aggregate(job: Job) {
    const { bucket, transaction } = readArguments(job.request.parameters.ARGS ?? "");
    const rows = catalogue.map((entry) => ({
      name: validationName(entry),
      isValid: results.get(validationName(entry)) ?? false,
      sizeBytes: entry.sizeBytes,
    }));
    const columns: ParquetColumn[] = [
      { name: "name", type: "string", values: rows.map(({ name }) => name) },
      { name: "is_valid", type: "boolean", values: rows.map(({ isValid }) => isValid) },
      { name: "size_bytes", type: "int64", values: rows.map(({ sizeBytes }) => sizeBytes) },
    ];
    const key = `${transaction}/dataset/cache-validations/part-00000.parquet`;
    await storage.put(bucket, key, writeParquet(columns));
    say(job, `dataset/cache-validations: ${rows.length} rows in s3a://${bucket}/${key}`);
    end(job, "FINISHED");
  }

  function kill(environment: string, name: string): JobOutcome {
    const job = jobs.get(`${environment}/${name}`);
    if (!job) return { kind: "refused", text: `no job ${environment}/${name}` };
    if (job.state === "PENDING" || job.state === "RUNNING") end(job, "KILLED", "killed by the operator");
    return { kind: "ok", text: `job ${environment}/${name} is ${job.state}` };
  }

  function list(environment: string): JobStatus[] {
    const chosen = [...jobs.values()].filter((job) => job.request.environment === environment);
    return chosen.map(({ request, state, done, work, createdMs, endedMs }) => ({
      name: request.name,
      environment: request.environment,
      file: request.file,
      version: request.version,
      state,
      machines: machines.get(request.name) ?? 0,
      done,
      total: work.length,
      createdAt: new Date(createdMs).toISOString(),
      endedAt: endedMs === undefined ? null : new Date(endedMs).toISOString(),
      parameters: request.parameters,
    }));
  }

  function end(job: Job, state: JobState, line?: string) {
    job.state = state;
    job.endedMs = Date.now();
    if (line) say(job, line);
  }

  function say(job: Job, line: string) {
    job.log.push(`${new Date().toISOString()} ${line}`);
    if (job.log.length > keptLines) job.log.shift();
  }

  function later(ms: number, act: () => void) {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  }

  function close() {
    for (const timer of timers) clearTimeout(timer);
  }
}
