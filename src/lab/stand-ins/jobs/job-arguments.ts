/** What a validation job was told in its `ARGS`. */
export type JobArguments = {
  readonly bucket: string;
  readonly transaction: string;
  readonly parcelCount?: number;
  readonly parcelId?: number;
  readonly names?: readonly string[];
  readonly aggregate: boolean;
  readonly problem?: string;
};

/** `s3a://BUCKET___--parcel-count___10___--parcel-id___3___--version___V___--transaction___TX`. */
export function readArguments(text: string): JobArguments {
  const [location = "", ...words] = text.split("___");
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2)
    if (words[at]) options.set(words[at]!.replace(/^--/, ""), words[at + 1] ?? "");
  const bucket = location.replace(/^s3a:\/\//, "").replace(/\/$/, "");
  const transaction = options.get("transaction") ?? "";
  const base = { bucket, transaction, aggregate: options.get("include-aggregate") === "true" };
  if (!location.startsWith("s3a://"))
    return { ...base, problem: `ARGS must begin with s3a://BUCKET, not "${location}"` };
  if (transaction === "" || transaction.includes("<")) return { ...base, problem: "no transaction in ARGS" };
  const names = options.get("filter-by-name")?.split(",");
  if (names) return { ...base, names };
  if (base.aggregate) return base;
  const parcelCount = Number(options.get("parcel-count"));
  const parcelId = Number(options.get("parcel-id"));
  if (!Number.isInteger(parcelCount) || parcelCount < 1) return { ...base, problem: "no --parcel-count in ARGS" };
  if (!Number.isInteger(parcelId) || parcelId < 0 || parcelId >= parcelCount)
    return { ...base, problem: `--parcel-id ${options.get("parcel-id")} is not between 0 and ${parcelCount - 1}` };
  return { ...base, parcelCount, parcelId };
}
