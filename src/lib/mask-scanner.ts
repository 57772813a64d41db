import type { Automaton } from "./mask-automaton.ts";

const newline = 10;
const carriageReturn = 13;
/** Encoders break lines with one line break; more of them end a form. */
const longestBreak = 2;
const mask = Buffer.from("***");

/**
 * Reads a text in pieces and replaces what the automaton recognises.
 *
 * Owns: the bytes that may still be the beginning of a secret (`held`), the automaton's state after them, and the found
 * spans inside them. S1: a byte leaves only when no later byte can make it part of a secret. S2: `held` is never longer
 * than the longest form plus the line breaks inside it.
 */
export class MaskScanner {
  /** Spans masked so far. */
  hits = 0;
  private readonly automaton: Automaton;
  private held: Buffer = Buffer.alloc(0);
  private state = 0;
  private breakLength = 0;
  /** Found spans that begin in `held`, ordered, not overlapping. */
  private spans: Span[] = [];
  /** A span at the very end of `held` that counts only if no word character follows. */
  private undecided: Span | undefined;
  /** Bytes at the start of `held` whose mask has already been passed on. */
  private covered = 0;
  /** The byte before `held`. */
  private before = newline;

  constructor(automaton: Automaton) {
    this.automaton = automaton;
  }

  /** The result may share memory with `chunk`. */
  push(chunk: Uint8Array): Buffer {
    if (chunk.length === 0) return Buffer.alloc(0);
    const window = this.held.length === 0 ? bufferOver(chunk) : Buffer.concat([this.held, chunk]);
    this.scan(window, this.held.length);
    return this.release(window, stepBack(window, window.length, this.automaton.depth[this.state]!));
  }

  end(): Buffer {
    if (this.undecided) this.add(this.undecided);
    this.undecided = undefined;
    return this.release(this.held, this.held.length);
  }

  private scan(window: Buffer, from: number): void {
    const { denseStates, next, firstChild, nextSibling, byteOf, fail, report } = this.automaton;
    let state = this.state;
    let breakLength = this.breakLength;
    if (this.undecided && from < window.length) this.decide(window);
    for (let index = from; index < window.length; index++) {
      const byte = window[index]!;
      if (byte <= carriageReturn && (byte === newline || byte === carriageReturn)) {
        if (++breakLength > longestBreak) state = 0;
        continue;
      }
      breakLength = 0;
      let found = 0;
      while (state >= denseStates && found === 0) {
        found = firstChild[state]!;
        while (found !== 0 && byteOf[found] !== byte) found = nextSibling[found]!;
        if (found === 0) state = fail[state]!;
      }
      state = found === 0 ? next[(state << 8) | byte]! : found;
      if (report[state] !== 0) this.found(window, report[state]!, index + 1);
    }
    this.state = state;
    this.breakLength = breakLength;
  }

  /** A form ends here; the longest one that counts is taken. */
  private found(window: Buffer, reporting: number, end: number): void {
    const { forms, form, fail, report } = this.automaton;
    for (let state = reporting; state !== 0; state = report[fail[state]!]!) {
      const { length, mayWrap, wholeWord } = forms[form[state]!]!;
      const start = stepBack(window, end, length);
      if (!mayWrap && end - start !== length) continue;
      if (!wholeWord) {
        this.add({ start, end });
        return;
      }
      if (isWordByte(start === 0 ? this.before : window[start - 1]!)) continue;
      this.undecided = { start, end };
      if (end < window.length) this.decide(window);
      return;
    }
  }

  private decide(window: Buffer): void {
    const span = this.undecided;
    this.undecided = undefined;
    if (span && !isWordByte(window[span.end]!)) this.add(span);
  }

  private add(span: Span): void {
    let { start } = span;
    for (let last = this.spans.at(-1); last && last.end > start; last = this.spans.at(-1)) {
      start = Math.min(start, last.start);
      this.spans.pop();
    }
    this.spans.push({ start, end: span.end });
    this.hits++;
  }

  private release(window: Buffer, end: number): Buffer {
    const parts: Buffer[] = [];
    let position = Math.min(this.covered, end);
    let covered = this.covered;
    const later: Span[] = [];
    for (const span of this.spans) {
      if (span.start >= end) {
        later.push({ start: span.start - end, end: span.end - end });
        continue;
      }
      if (span.start >= covered) {
        if (span.start > position) parts.push(window.subarray(position, span.start));
        parts.push(mask);
      }
      covered = Math.max(covered, span.end);
      position = Math.min(covered, end);
    }
    if (position < end) parts.push(window.subarray(position, end));
    this.spans = later;
    this.covered = Math.max(0, covered - end);
    if (this.undecided) this.undecided = { start: this.undecided.start - end, end: this.undecided.end - end };
    if (end > 0) this.before = window[end - 1]!;
    this.held = Buffer.from(window.subarray(end));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

type Span = { readonly start: number; readonly end: number };

/** The position `count` bytes before `end`, line breaks not counted. */
function stepBack(window: Buffer, end: number, count: number): number {
  let position = end;
  for (let left = count; left > 0; ) {
    position--;
    const byte = window[position]!;
    if (byte !== newline && byte !== carriageReturn) left--;
  }
  return position;
}

function isWordByte(byte: number): boolean {
  return (
    byte >= 0x80 ||
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f
  );
}
