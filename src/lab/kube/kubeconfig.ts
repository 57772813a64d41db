export type KubeconfigParts = {
  readonly context: string;
  readonly url: string;
  readonly authority: string;
  readonly token: string;
  readonly namespace: string;
};

/** A kubeconfig with one context, as JSON (which is YAML). */
export function kubeconfig({ context, url, authority, token, namespace }: KubeconfigParts): string {
  const cluster = { server: url, "certificate-authority-data": Buffer.from(authority).toString("base64") };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster }],
    users: [{ name: "lab-operator", user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user: "lab-operator", namespace } }],
    "current-context": context,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
