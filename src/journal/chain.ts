import { hash } from "node:crypto";
import { JournalError } from "../domain/ports.ts";

/**
 * The hash chain. Each event has one line of text, the same that `exportChain` prints without its last member `hash`:
 *
 *     {"seq":1,"wallMs":…,"monoMs":…,"bootId":"…","epoch":1,"actor":"…","event":{…}}
 *
 * with no white space outside strings, members in this order, and the event exactly as it was stored. Its hash is
 * sha256(previous hash as lower-case hex + "\n" + line), in UTF-8; the first event follows the hash of the header line
 *
 *     {"format":"runsheet-journal","version":1,"runId":"…","createdWallMs":…,"appVersion":"…","machineId":"…"}
 *
 * which is its plain sha256. So a chain cannot be cut out of another run, and no event changes unnoticed unless all that
 * follow are made anew.
 */
export type EventRow = {
  readonly seq: number;
  readonly wallMs: number;
  readonly monoMs: number;
  readonly bootId: string;
  readonly epoch: number;
  readonly actor: string;
  /** The event as JSON, exactly as stored. */
  readonly body: string;
};

export type Meta = {
  readonly runId: string;
  readonly appVersion: string;
  readonly createdWallMs: number;
  readonly machineId: string;
};

export function eventLine(row: EventRow): string {
  return `{"seq":${row.seq},"wallMs":${row.wallMs},"monoMs":${row.monoMs},"bootId":${quoted(row.bootId)},"epoch":${row.epoch},"actor":${quoted(row.actor)},"event":${row.body}}`;
}

export function headerLine(meta: Meta): string {
  const { runId, createdWallMs, appVersion, machineId } = meta;
  return JSON.stringify({ format: "runsheet-journal", version: 1, runId, createdWallMs, appVersion, machineId });
}

export function headerHash(meta: Meta): string {
  return hash("sha256", headerLine(meta));
}

export function eventHash(previous: string, row: EventRow): string {
  return hash("sha256", `${previous}\n${eventLine(row)}`);
}

/** Follows a chain row by row and throws `JournalError` 76 at the first link that does not fit. */
export class ChainCheck {
  seq: number;
  head: string;
  readonly #file: string;

  constructor(file: string, seq: number, head: string) {
    this.#file = file;
    this.seq = seq;
    this.head = head;
  }

  follow(row: EventRow, stored: string): void {
    const problem = this.#problem(row, stored);
    if (problem !== undefined) {
      throw new JournalError(
        76,
        `${this.#file}: ${problem}`,
        "the record was changed or damaged: see `runsheet state verify`, restore a backup or try `runsheet state doctor`",
      );
    }
    this.seq = row.seq;
    this.head = stored;
  }

  #problem(row: EventRow, stored: string): string | undefined {
    if (row.seq !== this.seq + 1) return `event ${this.seq + 1} is missing (the next one is ${row.seq})`;
    if (eventHash(this.head, row) !== stored) return `event ${row.seq} does not match its hash`;
    return undefined;
  }
}

// The same few strings come with every event.
const quotes = new Map<string, string>();

function quoted(text: string): string {
  let quote = quotes.get(text);
  if (quote === undefined) {
    if (quotes.size > 100) quotes.clear();
    quote = JSON.stringify(text);
    quotes.set(text, quote);
  }
  return quote;
}
