/**
 * Applies a delta of Git to its base (gitformat-pack(5), "Deltified representation"). Undefined where the two do not fit,
 * or where the result has more than `maximalBytes`.
 */
export function applyDelta(base: Buffer, delta: Buffer, maximalBytes: number): Buffer | undefined {
  let at = 0;
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = delta[at++];
      if (byte === undefined || factor > 2 ** 42) return -1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  if (size() !== base.length) return undefined;
  const length = size();
  if (length < 0 || length > maximalBytes) return undefined;
  const result = Buffer.alloc(length);
  let written = 0;
  while (at < delta.length) {
    const command = delta[at++] ?? 0;
    if (command === 0) return undefined;
    if (command < 0x80) {
      if (at + command > delta.length || written + command > length) return undefined;
      written += delta.copy(result, written, at, at + command);
      at += command;
      continue;
    }
    let offset = 0;
    let count = 0;
    for (let bit = 0; bit < 7; bit++) {
      if ((command & (1 << bit)) === 0) continue;
      const byte = delta[at++];
      if (byte === undefined) return undefined;
      if (bit < 4) offset += byte * 2 ** (8 * bit);
      else count += byte * 2 ** (8 * (bit - 4));
    }
    if (count === 0) count = 0x10000;
    if (offset + count > base.length || written + count > length) return undefined;
    written += base.copy(result, written, offset, offset + count);
  }
  return written === length ? result : undefined;
}
