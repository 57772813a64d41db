/** The settings of the validation jobs; the defaults of the actions are those of the procedure. */
export type JobSettings = {
  /** Jobs are called `<prefix>-0`, `<prefix>-1`, … */
  readonly namePrefix: string;
  readonly environment: string;
  /** Version of the image that validates. */
  readonly version: string;
  readonly transaction: string;
  /** Where results go: `s3a://bucket`. */
  readonly resultBucket: string;
  /** `KEY=VALUE` words beside those that are made here. */
  readonly parameters: { readonly [key: string]: string | number };
  readonly machines: number;
  readonly instanceType: string;
  /** Version of the job that adds and takes away machines. */
  readonly scaleVersion: string;
};

/** One validation job and the arguments that its commands take behind `jobsCommand`. */
export type PlannedJob = {
  readonly name: string;
  readonly create: readonly string[];
  readonly feed: readonly string[];
  readonly downscale: readonly string[];
};

/** Parcels 0 to n-1, each with its own `--parcel-id`: together they validate everything once. */
export function parcelJobs(parcels: number, settings: JobSettings): PlannedJob[] {
  return Array.from({ length: parcels }, (_, id) =>
    planned(String(id), ["--parcel-count", String(parcels), "--parcel-id", String(id)], settings, settings.machines),
  );
}

/** One job per group of datasets, for those that are too heavy to share a parcel. */
export function manualJobs(groups: readonly (readonly string[])[], settings: JobSettings): PlannedJob[] {
  const suffix = (index: number) => (groups.length === 1 ? "manual" : `manual-${index + 1}`);
  return groups.map((names, index) =>
    planned(suffix(index), ["--filter-by-name", names.join(",")], settings, settings.machines),
  );
}

/** The job that joins all results into one dataset; one machine is enough for it. */
export function aggregateJob(settings: JobSettings): PlannedJob {
  return planned("final", [], settings, 1, ["--include-aggregate", "true", ""]);
}

function planned(
  suffix: string,
  what: readonly string[],
  settings: JobSettings,
  machines: number,
  last: readonly string[] = [],
): PlannedJob {
  const { namePrefix, environment, version, transaction, resultBucket, scaleVersion, instanceType } = settings;
  const name = `${namePrefix}-${suffix}`;
  const words = [resultBucket, ...what, "--version", version, "--transaction", transaction, ...last];
  const parameters = { ITAIPU_NAME: name, ...settings.parameters };
  const scale = ["--filename", "scale-ec2", `--job-version=scale_cluster=${scaleVersion}`];
  return {
    name,
    create: [
      "create",
      environment,
      name,
      "--filename",
      "log-validator-cli",
      "--job-version",
      `itaipu=${version}`,
      ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`),
      // The program takes its arguments as one word, with three underscores where spaces would be.
      `ARGS=${words.join("___")}`,
    ],
    feed: [
      "create",
      environment,
      `scale-ec2-${name}`,
      `NODE_COUNT=${machines}`,
      `SLAVE_TYPE=${name}`,
      `INSTANCE_TYPE=${instanceType}`,
      ...scale,
    ],
    downscale: ["create", environment, `downscale-ec2-${name}`, `SLAVE_TYPE=${name}`, ...scale],
  };
}
