import { groups, type Kind, kinds } from "./kinds.ts";

/** Answers of the discovery endpoints (`/api`, `/apis`, `/api/v1`, `/apis/GROUP/v1`), or undefined for other paths. */
export function discovery(path: string): object | undefined {
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(group) };
  if (path === "/api/v1") return resources("");
  const named = /^\/apis\/([^/]+)(\/v1)?$/.exec(path);
  if (!named || !groups.includes(named[1]!)) return undefined;
  return named[2] ? resources(named[1]!) : group(named[1]!);
}

function group(name: string) {
  const version = { groupVersion: `${name}/v1`, version: "v1" };
  return { kind: "APIGroup", apiVersion: "v1", name, versions: [version], preferredVersion: version };
}

function resources(groupName: string) {
  const groupVersion = groupName === "" ? "v1" : `${groupName}/v1`;
  const own = kinds.filter((kind) => kind.group === groupName).flatMap(entries);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: [...own, ...reviews(groupName)] };
}

function entries(kind: Kind): object[] {
  const singularName = kind.kind.toLowerCase();
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  const { plural, namespaced, short, categories } = kind;
  return [
    {
      name: plural,
      singularName,
      namespaced,
      kind: kind.kind,
      verbs,
      shortNames: short,
      ...(categories && { categories }),
    },
    ...kind.subresources.map(({ name, kind: type, group: of, version }) => ({
      name: `${plural}/${name}`,
      singularName: "",
      namespaced,
      ...(of && { group: of, version }),
      kind: type,
      verbs: ["create", "get", "patch", "update"],
    })),
  ];
}

function reviews(groupName: string): object[] {
  const review = (name: string, kind: string) => ({
    name,
    singularName: "",
    namespaced: false,
    kind,
    verbs: ["create"],
  });
  if (groupName === "authorization.k8s.io") {
    return [
      review("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
      review("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ];
  }
  return groupName === "authentication.k8s.io" ? [review("selfsubjectreviews", "SelfSubjectReview")] : [];
}
