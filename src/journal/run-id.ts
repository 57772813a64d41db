import { randomBytes } from "node:crypto";

/** `r-20260317-142530-7k3q`: sorts by start (UTC), can be read out on the phone, does not collide in practice. */
export function makeRunId(wallMs: number = Date.now(), random: Uint8Array = randomBytes(4)): string {
  const [date, time] = new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  const suffix = Array.from(random.subarray(0, 4), (byte) => alphabet[byte % alphabet.length]).join("");
  return `r-${date}-${time}-${suffix}`;
}

/** What is wrong with a run id that somebody typed, or `undefined`. An accepted id is one harmless path segment. */
export function runIdProblem(id: string): string | undefined {
  if (id === "") return "a run id must not be empty";
  if (id.length > maxLength) return `a run id has at most ${maxLength} characters, this one has ${id.length}`;
  if (!/^[A-Za-z0-9]/.test(id)) return "a run id begins with a letter or a digit";
  if (!/^[A-Za-z0-9._-]+$/.test(id)) return "a run id holds only letters, digits and . _ -";
  return undefined;
}

const maxLength = 64;

// Without vowels and look-alikes: no words, no 0/o, no 1/l.
const alphabet = "23456789bcdfghjkmnpqrstvwxyz";
