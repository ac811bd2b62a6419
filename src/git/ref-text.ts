/**
 * Names of refs as text. A name is bytes, as a rule UTF-8; each byte above 127 of one that is not becomes a lone
 * surrogate (U+DC80 to U+DCFF), which no UTF-8 decodes to. So every name has a text of its own that leads back to it,
 * is no Unicode text for whoever asks, and is matched by no pattern but one that matches everything.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ESCAPED = 0xdc00;

export function textOfRefBytes(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes
      .toString('latin1')
      .replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(ESCAPED + byte.charCodeAt(0)));
  }
}

/** The bytes again; of other text with it, such as a line of a report, its UTF-8. */
export function bytesOfRefText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  return Buffer.concat(
    text
      .split(/([\udc80-\udcff])/)
      .map((part, index) =>
        index % 2 === 0 ? Buffer.from(part) : Buffer.from([part.charCodeAt(0) - ESCAPED]),
      ),
  );
}
