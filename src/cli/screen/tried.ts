import { JournalError } from "../../domain/ports.ts";
import type { Result } from "../../tui/shell/app-source.ts";
import { UsageError } from "../session/usage-error.ts";

/** What the operator can mend becomes lines on the screen; what is a bug of ours is thrown on. */
export async function tried<T>(work: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return { kind: "ok", value: await work() };
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof JournalError)) throw error;
    const hint = error.hint ? [`next: ${error.hint}`] : [];
    return { kind: "failed", lines: [...error.message.split("\n"), ...hint] };
  }
}

/** The environment is as before afterwards: what a practice run puts there is not for the runs after it. */
export async function withOwnEnv<T>(work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  try {
    return await work();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
