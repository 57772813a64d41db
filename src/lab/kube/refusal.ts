import { type Kind, qualifiedName } from "./kinds.ts";

/** A request that the API server refuses: the `Status` object that goes back to the client. */
export type Refusal = {
  readonly refused: true;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: object;
};

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && (value as { refused?: unknown }).refused === true;
}

export function statusObject({ code, reason, message, details }: Omit<Refusal, "refused">): object {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason };
  return { ...status, ...(details && { details }), code };
}

export function notFound(kind: Kind, name: string): Refusal {
  const message = `${qualifiedName(kind)} "${name}" not found`;
  return refuse(404, "NotFound", message, { name, group: kind.group, kind: kind.plural });
}

export function alreadyExists(kind: Kind, name: string): Refusal {
  const message = `${qualifiedName(kind)} "${name}" already exists`;
  return refuse(409, "AlreadyExists", message, { name, group: kind.group, kind: kind.plural });
}

export function modified(kind: Kind, name: string): Refusal {
  const cause = "the object has been modified; please apply your changes to the latest version and try again";
  const message = `Operation cannot be fulfilled on ${qualifiedName(kind)} "${name}": ${cause}`;
  return refuse(409, "Conflict", message, { name, group: kind.group, kind: kind.plural });
}

export function preconditionFailed(kind: Kind, name: string, wanted: string, found: string): Refusal {
  const cause = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
  const message = `Operation cannot be fulfilled on ${qualifiedName(kind)} "${name}": ${cause}`;
  return refuse(409, "Conflict", message, { name, group: kind.group, kind: kind.plural });
}

export function invalid(kind: Kind, name: string, field: string, why: string): Refusal {
  const message = `${kind.kind}${kind.group && `.${kind.group}`} "${name}" is invalid: ${field}: ${why}`;
  const causes = [{ reason: "FieldValueForbidden", message: why, field }];
  return refuse(422, "Invalid", message, { name, group: kind.group, kind: kind.kind, causes });
}

export function badRequest(message: string): Refusal {
  return refuse(400, "BadRequest", message);
}

export function refuse(code: number, reason: string, message: string, details?: object): Refusal {
  return { refused: true, code, reason, message, ...(details && { details }) };
}
