/** Frames of PostgreSQL's protocol, version 3 (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
export type Frame = { readonly type: string; readonly body: Buffer };

export function frame(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(type.length + 4);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, type.length);
  return Buffer.concat([head, body]);
}

export function cstring(text: string): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.from([0])]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A value as the protocol carries it: its length, then its text; -1 for null. */
export function valueBytes(value: string | null): Buffer {
  if (value === null) return int32(-1);
  const bytes = Buffer.from(value);
  return Buffer.concat([int32(bytes.length), bytes]);
}

/** Cuts a stream into frames. The very first message of a client has no type; `startup` says that it is expected. */
export function createFrameReader(onFrame: (frame: Frame) => void, startup = false) {
  let pending = Buffer.alloc(0);
  let untyped = startup;
  return (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const at = untyped ? 0 : 1;
      if (pending.length < at + 4) return;
      const size = pending.readInt32BE(at);
      if (pending.length < at + size) return;
      const type = untyped ? "" : String.fromCharCode(pending[0]!);
      const body = pending.subarray(at + 4, at + size);
      pending = pending.subarray(at + size);
      // An SSL request is answered without a frame and followed by another untyped message.
      untyped = untyped && isSslRequest(body);
      onFrame({ type, body: Buffer.from(body) });
    }
  };
}

export function isSslRequest(body: Buffer): boolean {
  return body.length === 4 && body.readInt32BE(0) === 80877103;
}

/** Reads fields of a frame one after the other. */
export function createFieldReader(body: Buffer) {
  let at = 0;
  return {
    cstring() {
      const end = body.indexOf(0, at);
      const text = body.subarray(at, end).toString();
      at = end + 1;
      return text;
    },
    int16() {
      at += 2;
      return body.readInt16BE(at - 2);
    },
    int32() {
      at += 4;
      return body.readInt32BE(at - 4);
    },
    value(): string | null {
      const size = this.int32();
      if (size < 0) return null;
      at += size;
      return body.subarray(at - size, at).toString();
    },
    rest: () => body.subarray(at),
    done: () => at >= body.length,
  };
}
