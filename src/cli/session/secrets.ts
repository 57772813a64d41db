import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Expressions, Scope } from "../../domain/expressions.ts";
import type { Processes } from "../../domain/ports.ts";
import type { Runbook, SecretSource } from "../../domain/runbook.ts";
import type { ValueMap } from "../../domain/value.ts";
import { askHidden } from "../plain/hidden.ts";
import { UsageError } from "./usage-error.ts";

export type SecretDeps = {
  readonly expressions: Expressions;
  readonly processes: Processes;
  readonly params: ValueMap;
  /** Values that the caller has asked for already (`prompt` secrets, secret parameters). */
  readonly given: Readonly<Record<string, string>>;
};

/** The values of all declared secrets of a runbook and of those it calls. They stay in this process's memory. */
export async function resolveSecrets(runbook: Runbook, deps: SecretDeps): Promise<Record<string, string>> {
  const values: Record<string, string> = { ...deps.given };
  for (const [name, { source, owner }] of Object.entries(declaredSecrets(runbook))) {
    values[name] ??= await resolveOne(name, source, owner, deps);
  }
  return values;
}

export function declaredSecrets(runbook: Runbook): Record<string, { source: SecretSource; owner: Runbook }> {
  const found: Record<string, { source: SecretSource; owner: Runbook }> = {};
  const visit = (book: Runbook): void => {
    for (const [name, source] of Object.entries(book.secrets)) found[name] ??= { source, owner: book };
    const inside = (steps: Runbook["steps"]): void => {
      for (const { body } of steps) {
        if (body.kind === "group") inside(body.steps);
        if (body.kind === "call") visit(body.runbook);
      }
    };
    inside(book.steps);
  };
  visit(runbook);
  return found;
}

async function resolveOne(name: string, source: SecretSource, runbook: Runbook, deps: SecretDeps): Promise<string> {
  const directory = dirname(runbook.file);
  const scope: Scope = { params: deps.params, steps: {}, context: {}, env: process.env as never, run: {}, secrets: {} };
  switch (source.kind) {
    case "env": {
      const value = process.env[source.name];
      if (value) return value;
      throw missing(name, `the environment variable ${source.name} is not set`, `export ${source.name}=...`);
    }
    case "file": {
      const path = deps.expressions.text(source.path, scope);
      if (path.kind === "failed") throw missing(name, path.failure.message, "mend the path in the runbook");
      try {
        return (await readFile(resolve(directory, path.value), "utf8")).replace(/\r?\n$/, "");
      } catch (error) {
        throw missing(name, (error as Error).message, "put the secret there, readable by you alone (chmod 600)");
      }
    }
    case "command": {
      const command = deps.expressions.command(source.command, scope);
      if (command.kind === "failed") throw missing(name, command.failure.message, "mend the command in the runbook");
      const result = await deps.processes.probe(
        { command: command.value, cwd: directory, env: {} },
        { timeoutMs: 60_000, maxBytes: 64 * 1024 },
      );
      if (result.kind === "exited" && result.exitCode === 0) return result.stdout.replace(/\r?\n$/, "");
      const why = result.kind === "failed" ? result.failure.message : `exit code ${result.exitCode}`;
      throw missing(name, `its command failed: ${why}`, `try it by hand: ${command.value.shown}`);
    }
    case "prompt":
      if (process.stdin.isTTY && process.stderr.isTTY) return askHidden(`${source.question}: `);
      throw new UsageError(
        `secret "${name}" must be typed (${source.question}) and there is no terminal to ask on`,
        `run on a terminal, or declare it with env, file or command in ${runbook.file}`,
        5,
      );
  }
}

function missing(name: string, why: string, hint: string): UsageError {
  return new UsageError(`secret "${name}": ${why}`, hint);
}
