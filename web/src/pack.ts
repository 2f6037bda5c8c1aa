// How an object is put into a message for a PeerJS client; the twin of
// device/pack.go.

export type Packing = "json" | "binary" | "raw";

/** A number, a text, or members. */
export type Packable = number | string | { [name: string]: Packable };

const encoder = new TextEncoder();

/** An object as a message: a text where it is raw, and bytes otherwise. */
export function pack(packing: Packing, object: { [name: string]: Packable }): string | Uint8Array<ArrayBuffer> {
  if (packing === "binary") return packBinary(object);
  const text = JSON.stringify(object);
  return packing === "raw" ? text : encoder.encode(text);
}

/**
 * BinaryPack, which PeerJS speaks by default (peerjs-js-binarypack 2.1,
 * lib/binarypack.ts). It is MessagePack as it was before texts and bytes were
 * told apart, with codes of its own for texts. Its reader takes a double that is
 * zero for about 1e-308, so integers go as such.
 */
function packBinary(object: { [name: string]: Packable }): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  put(bytes, object);
  return Uint8Array.from(bytes);
}

function put(bytes: number[], value: Packable): void {
  if (typeof value === "number") putNumber(bytes, value);
  else if (typeof value === "string") putText(bytes, value);
  else {
    const members = Object.entries(value);
    bytes.push(0x80 | members.length); // a map of at most 15
    for (const [name, member] of members) {
      putText(bytes, name);
      put(bytes, member);
    }
  }
}

function putText(bytes: number[], text: string): void {
  const encoded = encoder.encode(text);
  if (encoded.length <= 15) bytes.push(0xb0 | encoded.length);
  else bytes.push(0xd8, encoded.length >> 8, encoded.length & 0xff); // names are short
  bytes.push(...encoded);
}

const scratch = new DataView(new ArrayBuffer(8));

function putNumber(bytes: number[], value: number): void {
  if (value !== (value | 0)) {
    scratch.setFloat64(0, value);
    bytes.push(0xcb, ...new Uint8Array(scratch.buffer, 0, 8));
  } else if (value >= -32 && value <= 127) bytes.push(value & 0xff);
  else {
    scratch.setInt32(0, value);
    bytes.push(0xd2, ...new Uint8Array(scratch.buffer, 0, 4));
  }
}
