/** Objects of the Kubernetes API, as loosely typed as the wire is; only what the server itself reads has a type. */
export type KubeObject = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec?: Fields;
  status?: Fields;
  data?: Record<string, string>;
  [field: string]: unknown;
};

export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  [field: string]: unknown;
};

export type OwnerReference = { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean };

// biome-ignore lint/suspicious/noExplicitAny: specs and statuses are whatever the client sent
export type Fields = { [field: string]: any };

/** RFC 3339 without fractions, as the API writes times. */
export function kubeTime(ms = Date.now()): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
