import { Problem } from '../../problem.ts';

/** A field of a form; its value may be bytes of any kind. */
export interface UrlencodedField {
  readonly name: string;
  readonly value: Buffer;
}

const SPACE = 0x20;
const PLUS = 0x2b;
const PERCENT = 0x25;
const EQUALS = 0x3d;
const AMPERSAND = 0x26;

/**
 * The fields of `application/x-www-form-urlencoded` (URL Standard, "application/x-www-form-urlencoded parsing"), in their
 * order, byte by byte: what stands for no byte stays as it is, as there. Throws `Problem` for more than `most`, and for a
 * name that is not UTF-8.
 */
export function readUrlencoded(body: Buffer, most: number): readonly UrlencodedField[] {
  const fields: UrlencodedField[] = [];
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(AMPERSAND, at);
    const end = found === -1 ? body.length : found;
    if (end > at) {
      if (fields.length === most)
        throw new Problem('too_large', `The form has more than ${most} fields; send it in several requests.`);
      const field = body.subarray(at, end);
      const equals = field.indexOf(EQUALS);
      const [name, value] =
        equals === -1 ? [field, Buffer.alloc(0)] : [field.subarray(0, equals), field.subarray(equals + 1)];
      fields.push({ name: textOf(decoded(name)), value: decoded(value) });
    }
    at = end + 1;
  }
  return fields;
}

/** The text that a field is, where it has to be one. Throws `Problem`. */
export function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem('invalid', 'The names of fields, and values that are text, have to be UTF-8.');
  }
}

function decoded(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === PERCENT) {
      const digits = bytes.toString('latin1', at + 1, at + 3);
      if (/^[0-9a-f]{2}$/i.test(digits)) {
        result[length++] = Number.parseInt(digits, 16);
        at += 2;
        continue;
      }
    }
    result[length++] = byte === PLUS ? SPACE : byte;
  }
  return result.subarray(0, length);
}
