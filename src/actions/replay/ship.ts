import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ActionContext, ActionResult } from "../../domain/action.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import type { AfterUpload } from "../s3/after-upload.ts";
import type { Connection } from "../s3/fields.ts";
import { type LocalFile, toLocalFile } from "../s3/local-files.ts";
import { asFolder, parseS3Url, shown } from "../s3/location.ts";
import { inSession } from "../s3/session.ts";
import { uploadFiles } from "../s3/upload-files.ts";

/** Where finished files go. */
export type Destination = { readonly to: string; readonly connection: Connection };

const PART_BYTES = 64 * 1024 * 1024;
const PARTS_AT_ONCE = 4;

/**
 * Uploads one file under its own name below `to`, unless an object with its size and checksum is there; the object is
 * compared before `after` touches the file. Returns the object's address.
 */
export async function shipFile(
  path: string,
  { to, connection }: Destination,
  after: AfterUpload,
  context: ActionContext,
): Promise<ActionResult<string>> {
  const name = basename(path);
  const { bucket, key } = asFolder(parseS3Url(to));
  const options = { concurrency: PARTS_AT_ONCE, partBytes: PART_BYTES, source: connection, target: connection };
  return inSession(context, options, async (session) => {
    const folder = { store: session.target, bucket, prefix: `${key}${name}` };
    await uploadFiles(session, {
      files: only(toLocalFile(path, name, await stat(path))),
      single: true,
      to: folder,
      after,
    });
    return shown({ bucket, key: folder.prefix });
  });
}

async function* only(file: LocalFile): AsyncGenerator<LocalFile> {
  yield file;
}

/**
 * A part of an action's checkpoint under a name of its own, so that uploads keep their ledger beside the action's state.
 * Saves follow one another, each with the newest of all parts.
 */
export class SharedCheckpoint {
  readonly #save: ActionContext["checkpoint"];
  #parts: { [name: string]: Json };
  #saving: Promise<void> = Promise.resolve();

  constructor({ checkpoint, lastCheckpoint }: Pick<ActionContext, "checkpoint" | "lastCheckpoint">) {
    this.#save = checkpoint;
    const isMap = lastCheckpoint !== null && typeof lastCheckpoint === "object" && !Array.isArray(lastCheckpoint);
    this.#parts = isMap ? { ...(lastCheckpoint as JsonObject) } : {};
  }

  part(name: string): Json | undefined {
    return this.#parts[name];
  }

  /** Resolves when the value is durable. */
  put(name: string, value: Json): Promise<void> {
    this.#parts = { ...this.#parts, [name]: value };
    this.#saving = this.#saving.catch(() => {}).then(() => this.#save(this.#parts));
    return this.#saving;
  }

  /** The context for somebody who keeps a checkpoint of their own. */
  contextFor(name: string, context: ActionContext): ActionContext {
    return { ...context, checkpoint: (value) => this.put(name, value), lastCheckpoint: this.part(name) };
  }
}
