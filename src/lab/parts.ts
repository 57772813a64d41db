/** What a lab can consist of. */
export const labParts = ["bp-cluster", "s3", "clickhouse", "jobs", "scheduler-unit", "nodeos"] as const;

export type LabPart = (typeof labParts)[number];

/** What each part really does and what it only pretends, for `lab status`. Nobody should mistake practice for proof. */
export const partFacts: Readonly<
  Record<LabPart, { readonly title: string; readonly real: string; readonly simulated: string }>
> = {
  "bp-cluster": {
    title: "Kubernetes with block producers",
    real: "kubectl, TLS, tokens, exec, watches, patches, preconditions, the files of each pod",
    simulated:
      "the cluster (one process), the nodes and their network (no peers, no transactions, no signatures), volumes, machines; chain time runs faster; the cloud console does its part by itself",
  },
  s3: {
    title: "object storage",
    real: "the S3 protocol with signatures, multipart, ranges and checksums; objects are stored",
    simulated: "durability, access lists, versions, regions",
  },
  clickhouse: {
    title: "ClickHouse",
    real: "the engine itself (chDB, embedded) and its HTTP protocol",
    simulated: "clusters, replication, users beyond one login",
  },
  jobs: {
    title: "nu datainfra sabesp",
    real: "the documented arguments, states, logs, a Parquet result in object storage",
    simulated:
      "machines, Spark, the validations (a made-up catalogue of 16 databases); list, status, logs and kill are ours",
  },
  "scheduler-unit": {
    title: "ao scheduler unit",
    real: "the documented arguments and variables, HTTP answers and redirects, the copying of every message, PostgreSQL's protocol",
    simulated:
      "RocksDB (SQLite files, read by an ldb of ours), PostgreSQL unless a server is given, Arweave, signed data items (JSON instead)",
  },
  nodeos: {
    title: "nodeos",
    real: "flags, HTTP API, log layout, snapshots and block logs on disk, strides, termination, clean and dirty stops",
    simulated: "the chain (blocks follow from their number), peers, transactions, state",
  },
};
