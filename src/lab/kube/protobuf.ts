/**
 * Some kubectl commands (`auth can-i`, `create configmap`) send their objects in Kubernetes' protobuf encoding. This
 * reads the few message types that they send; answers are always JSON, which every client accepts.
 */
export type Message = { readonly [field: number]: readonly [name: string, type: FieldType] };
type FieldType = "string" | "int" | "strings" | "map" | "bytes-map" | Message;

const objectMeta: Message = {
  1: ["name", "string"],
  2: ["generateName", "string"],
  3: ["namespace", "string"],
  5: ["uid", "string"],
  6: ["resourceVersion", "string"],
  11: ["labels", "map"],
  12: ["annotations", "map"],
};
const deleteOptions: Message = {
  1: ["gracePeriodSeconds", "int"],
  2: ["preconditions", { 1: ["uid", "string"], 2: ["resourceVersion", "string"] }],
  4: ["propagationPolicy", "string"],
  5: ["dryRun", "strings"],
};
const accessReview: Message = {
  1: [
    "resourceAttributes",
    {
      1: ["namespace", "string"],
      2: ["verb", "string"],
      3: ["group", "string"],
      4: ["version", "string"],
      5: ["resource", "string"],
      6: ["subresource", "string"],
      7: ["name", "string"],
    },
  ],
  2: ["nonResourceAttributes", { 1: ["path", "string"], 2: ["verb", "string"] }],
};

const messages: { readonly [kind: string]: Message } = {
  ConfigMap: { 1: ["metadata", objectMeta], 2: ["data", "map"] },
  Secret: { 1: ["metadata", objectMeta], 2: ["data", "bytes-map"], 3: ["type", "string"], 4: ["stringData", "map"] },
  Namespace: { 1: ["metadata", objectMeta] },
  DeleteOptions: deleteOptions,
  Eviction: { 1: ["metadata", objectMeta], 2: ["deleteOptions", deleteOptions] },
  SelfSubjectAccessReview: { 1: ["metadata", objectMeta], 2: ["spec", accessReview] },
  SelfSubjectReview: { 1: ["metadata", objectMeta] },
  SelfSubjectRulesReview: { 1: ["metadata", objectMeta], 2: ["spec", { 1: ["namespace", "string"] }] },
};

const magic = Buffer.from("k8s\0", "latin1");

export function isProtobuf(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(magic);
}

/** The object as it would be in JSON, or undefined for a kind that is not read. */
export function decodeProtobuf(bytes: Buffer): object | undefined {
  const envelope = { 1: ["type", { 1: ["apiVersion", "string"], 2: ["kind", "string"] }] } as const;
  const outer = bytes.subarray(4);
  const { type } = readMessage(outer, envelope) as { type?: { apiVersion?: string; kind?: string } };
  const message = messages[type?.kind ?? ""];
  const raw = fieldsOf(outer).find((field) => field.number === 2)?.bytes;
  return message && raw && { apiVersion: type?.apiVersion, kind: type?.kind, ...readMessage(raw, message) };
}

function readMessage(bytes: Buffer, message: Message): { [name: string]: unknown } {
  const result: { [name: string]: unknown } = {};
  for (const { number, bytes: value, integer } of fieldsOf(bytes)) {
    const [name, type] = message[number] ?? [];
    if (name === undefined || type === undefined) continue;
    if (type === "int") result[name] = integer;
    else if (type === "string") result[name] = value.toString();
    else if (type === "strings") result[name] = [...((result[name] as string[]) ?? []), value.toString()];
    else if (type === "map" || type === "bytes-map") {
      const entry = readMessage(value, { 1: ["key", "string"], 2: ["value", "string"] });
      const raw = fieldsOf(value).find((field) => field.number === 2)?.bytes ?? Buffer.alloc(0);
      const text = type === "map" ? (entry.value ?? "") : raw.toString("base64");
      result[name] = { ...(result[name] as object), [String(entry.key ?? "")]: text };
    } else result[name] = readMessage(value, type);
  }
  return result;
}

type Field = { readonly number: number; readonly bytes: Buffer; readonly integer: number };

/** The fields of a message in wire order: varints and length-delimited ones; the two fixed sizes are skipped. */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) fields.push({ number, bytes: Buffer.alloc(0), integer: varint() });
    else if (tag % 8 === 2) {
      const size = varint();
      fields.push({ number, bytes: bytes.subarray(at, at + size), integer: 0 });
      at += size;
    } else at += tag % 8 === 1 ? 8 : 4;
  }
  return fields;
}
