import { JournalError } from "../domain/ports.ts";
import { UsageError } from "./session/usage-error.ts";

/** Tells what went wrong on stderr and returns the exit code (design: the command line). */
export function describeError(error: unknown): number {
  if (error instanceof UsageError) return tell(error.message, error.hint, error.exitCode);
  if (error instanceof JournalError) return tell(error.message, error.hint, error.exitCode);
  if (error instanceof Error && error.name === "YError") return tell(error.message, "runsheet --help", 2);
  if (error instanceof Error && error.stack?.includes("yargs")) return tell(error.message, "runsheet --help", 2);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`runsheet: a bug of ours; please report it with this text:\n${text}\n`);
  return 70;
}

function tell(message: string, hint: string | undefined, exitCode: number): number {
  process.stderr.write(`runsheet: ${message}\n${hint ? `  next: ${hint}\n` : ""}`);
  return exitCode;
}
