import { apiVersionOf } from "../kinds.ts";
import type { KubeObject } from "../object.ts";
import { notFound, type Refusal } from "../refusal.ts";
import type { ResourceRequest } from "../request.ts";
import { matchesFields, matchesLabels } from "../selectors.ts";
import type { Store } from "../store.ts";
import { tableOf } from "../table.ts";

/** GET of one object, or of a list; as a table when the client asks for one. */
export function read(store: Store, { kind, namespace, name, query, wantsTable }: ResourceRequest): object | Refusal {
  const whole = query.get("includeObject") === "Object";
  if (name !== undefined) {
    const object = store.get(kind.plural, kind.namespaced ? namespace : undefined, name);
    if (!object) return notFound(kind, name);
    return wantsTable ? tableOf(kind.plural, [object], store.version(), whole) : object;
  }
  const items = select(store.list(kind.plural, namespace), query);
  if (wantsTable) return tableOf(kind.plural, items, store.version(), whole);
  const metadata = { resourceVersion: String(store.version()) };
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items };
}

export function select(objects: readonly KubeObject[], query: URLSearchParams): KubeObject[] {
  return objects.filter(
    (object) => matchesLabels(object, query.get("labelSelector")) && matchesFields(object, query.get("fieldSelector")),
  );
}
