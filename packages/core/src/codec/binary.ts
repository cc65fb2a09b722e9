// Stores buffers and typed arrays as the base64 of the bytes that they show.
import { types } from 'node:util';
import { addKind } from './kinds.js';
import { keyBesideBytes } from './own-keys.js';

const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** From anything but a string, `Buffer.from` could make a very large buffer. */
function toBytes(base64: unknown): Buffer {
  if (typeof base64 !== 'string') throw new TypeError('binary data must be text');
  return Buffer.from(base64, 'base64');
}

/** A copy: the buffers of Buffer's pool are shared, and begin at any offset. */
function toArrayBuffer(base64: unknown): ArrayBuffer {
  const bytes = toBytes(base64);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

addKind<Buffer>('Buffer', {
  is: (value) => Buffer.isBuffer(value),
  extra: (buffer) =>
    keyBesideBytes(buffer, new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)),
  write: (buffer) => buffer.toString('base64'),
  make: toBytes,
});

addKind<ArrayBuffer>('ArrayBuffer', {
  is: types.isArrayBuffer,
  write: (buffer) => Buffer.from(buffer).toString('base64'),
  make: toArrayBuffer,
});

for (const TypedArray of TYPED_ARRAYS) {
  addKind<InstanceType<typeof TypedArray>>(TypedArray.name, {
    is: types.isTypedArray,
    extra: (array) => {
      const { buffer, byteOffset, length } = array;
      return keyBesideBytes(
        array as unknown as Uint8Array,
        new TypedArray(buffer, byteOffset, length),
      );
    },
    write: ({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
    make: (base64: unknown) => new TypedArray(toArrayBuffer(base64)),
  });
}
