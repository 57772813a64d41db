import { apiVersionOf, groups, type Kind, kinds } from "./kinds.ts";

/**
 * As much of OpenAPI v3 as kubectl needs before `apply`, `edit` and `create`: that each kind exists, that its fields are
 * open, and that the server takes `fieldValidation` and `dryRun`. There are no field schemas, so unknown fields are
 * not found out.
 */
export function openApi(path: string): object | undefined {
  if (path === "/openapi/v3") {
    const of = (group: string) => (group === "" ? "api/v1" : `apis/${group}/v1`);
    const paths = ["", ...groups].map((group) => [of(group), { serverRelativeURL: `/openapi/v3/${of(group)}` }]);
    return { paths: Object.fromEntries(paths) };
  }
  const group = path === "/openapi/v3/api/v1" ? "" : /^\/openapi\/v3\/apis\/([^/]+)\/v1$/.exec(path)?.[1];
  if (group === undefined) return undefined;
  const own = kinds.filter((kind) => kind.group === group);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.32.4" },
    paths: Object.fromEntries(own.map((kind) => [pathOf(kind), operations(kind)])),
    components: { schemas: Object.fromEntries(own.map((kind) => [schemaName(kind), schema(kind)])) },
  };
}

function pathOf(kind: Kind): string {
  const base = kind.group === "" ? "/api/v1" : `/apis/${kind.group}/v1`;
  return `${base}/${kind.namespaced ? "namespaces/{namespace}/" : ""}${kind.plural}/{name}`;
}

function operations(kind: Kind): object {
  const gvk = { group: kind.group, version: "v1", kind: kind.kind };
  const query = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
  const operation = (action: string) => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
    parameters: [query("dryRun"), query("fieldManager"), query("fieldValidation")],
    responses: { 200: { description: "OK" } },
  });
  return { get: operation("get"), put: operation("put"), patch: operation("patch"), delete: operation("delete") };
}

function schema(kind: Kind): object {
  return {
    type: "object",
    description: `${kind.kind} (${apiVersionOf(kind)})`,
    "x-kubernetes-preserve-unknown-fields": true,
    "x-kubernetes-group-version-kind": [{ group: kind.group, version: "v1", kind: kind.kind }],
  };
}

function schemaName(kind: Kind): string {
  return `io.k8s.api.${kind.group === "" ? "core" : kind.group.split(".")[0]}.v1.${kind.kind}`;
}
