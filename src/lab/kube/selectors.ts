import type { KubeObject } from "./object.ts";

/** Does the object match a label selector (`a=b,c!=d,e,!f,g in (x,y),h notin (z)`)? An absent selector matches all. */
export function matchesLabels(object: KubeObject, selector: string | null): boolean {
  if (!selector) return true;
  const labels = object.metadata.labels ?? {};
  return splitTerms(selector).every((term) => {
    const set = /^\s*([^\s!=]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(term);
    if (set) {
      const among = set[3]!.split(",").map((value) => value.trim());
      const value = labels[set[1]!];
      return (value !== undefined && among.includes(value)) === (set[2] === "in");
    }
    const comparison = /^\s*([^=!\s]+)\s*(!?==?)\s*(.*?)\s*$/.exec(term);
    if (comparison) return (labels[comparison[1]!] === comparison[3]) === (comparison[2] !== "!=");
    return term.trim().startsWith("!") ? !(term.trim().slice(1) in labels) : term.trim() in labels;
  });
}

/** Does the object match a field selector (`metadata.name=x,spec.nodeName!=y`)? */
export function matchesFields(object: KubeObject, selector: string | null): boolean {
  if (!selector) return true;
  return selector.split(",").every((term) => {
    const match = /^(.+?)(!?==?)(.*)$/.exec(term);
    if (!match) return true;
    let value: unknown = object;
    for (const step of match[1]!.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
    return (String(value ?? "") === match[3]) === (match[2] !== "!=");
  });
}

/** Does the object carry all of these labels (a service's or a set's selector)? */
export function hasLabels(object: KubeObject, wanted: Readonly<Record<string, string>> | undefined): boolean {
  const labels = object.metadata.labels ?? {};
  return Object.entries(wanted ?? {}).every(([name, value]) => labels[name] === value);
}

function splitTerms(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/);
}
