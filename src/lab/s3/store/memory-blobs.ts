import type { BlobId, BlobStore, Segment } from "./blobs.ts";

/** Blobs in the memory of this process. */
export function memoryBlobs(): BlobStore {
  const blobs = new Map<BlobId, { readonly data: Buffer; users: number }>();
  let next = 0;
  const get = (id: BlobId) => {
    const blob = blobs.get(id);
    if (!blob) throw new Error(`blob ${id} is gone`);
    return blob;
  };
  return {
    create() {
      const pieces: Buffer[] = [];
      return {
        write: async (piece) => void pieces.push(piece),
        finish: async () => {
          const id = String(next++);
          // A lone small piece is a view into the 64 KiB buffer of the socket, which it would keep alive.
          blobs.set(id, { data: Buffer.concat(pieces), users: 0 });
          return id;
        },
        discard: async () => void pieces.splice(0),
      };
    },
    async *read({ blob, start, end }: Segment) {
      yield get(blob).data.subarray(start, end);
    },
    retain: (id) => void get(id).users++,
    release(id) {
      const blob = get(id);
      blob.users--;
      if (blob.users === 0) blobs.delete(id);
    },
  };
}
