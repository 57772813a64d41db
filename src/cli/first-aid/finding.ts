/** What first aid found out about one thing, and what to do about it. */
export type Finding = {
  readonly part: string;
  /** `missing`: something optional is not there. `warning`: works, but look at it. `problem`: runs cannot be carried out. */
  readonly verdict: "ok" | "missing" | "warning" | "problem";
  readonly found: string;
  readonly advice?: string;
};

export function ok(part: string, found: string): Finding {
  return { part, verdict: "ok", found };
}

export function warning(part: string, found: string, advice: string): Finding {
  return { part, verdict: "warning", found, advice };
}

/** `missing    kubectl   not found` and, below it, what to do. */
export function findingLines({ part, verdict, found, advice }: Finding): string {
  const line = `${verdict.padEnd(8)} ${part.padEnd(16)} ${found}\n`;
  return advice === undefined ? line : `${line}${" ".repeat(26)}${advice}\n`;
}
