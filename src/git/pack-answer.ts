import { encodePacket, flushPacket, delimiterPacket, PacketDecoder, responseEndPacket } from './pkt-line.ts';
import type { Packet } from './pkt-line.ts';
import type { ProtocolVersion } from './upload-pack.ts';

/** A band of side-band stands in the first byte (gitprotocol-pack(5)); every other line of an answer begins with a letter. */
const HIGHEST_BAND = 3;
const PACK = 'PACK';
/** Heads the section of an answer to `fetch` that holds the pack (gitprotocol-v2(5)). */
const PACK_SECTION = 'packfile\n';

/**
 * Lets an answer of upload-pack pass, and stops before the first byte that belongs to a pack: in version 2 before the
 * head of its section, before that behind the acknowledgements. There `beforePack` is asked: null lets the pack pass, a
 * sentence takes its place, as an `ERR` packet, and ends the answer. Never asks for an answer without a pack. Holds at
 * most one packet back.
 */
export async function* askBeforePack(
  answer: AsyncIterable<Buffer>,
  version: ProtocolVersion,
  beforePack: () => Promise<string | null>,
): AsyncGenerator<Buffer> {
  const decoder = new PacketDecoder();
  // Clients of version 0 and 1 look for an error among the acknowledgements only: the last one waits.
  let held: Buffer = Buffer.alloc(0);
  let passes = false;
  for await (const chunk of answer) {
    if (passes) {
      yield chunk;
      continue;
    }
    decoder.push(chunk);
    for (;;) {
      const isRaw = version !== 2 && decoder.rest.toString('latin1', 0, PACK.length) === PACK;
      const packet = isRaw ? undefined : decoder.next();
      if (isRaw || (packet !== undefined && beginsPack(packet, version))) {
        const refusal = await beforePack();
        if (refusal !== null) {
          yield encodePacket(`ERR ${refusal}`);
          return;
        }
        passes = true;
        yield Buffer.concat([held, ...(packet === undefined ? [] : [encoded(packet)]), decoder.rest]);
        break;
      }
      if (packet === undefined) break;
      if (held.length > 0) yield held;
      const waits = version !== 2 && packet.kind === 'data';
      held = waits ? encoded(packet) : Buffer.alloc(0);
      if (!waits) yield encoded(packet);
    }
  }
  if (!passes) yield Buffer.concat([held, decoder.rest]);
}

function beginsPack(packet: Packet, version: ProtocolVersion): boolean {
  if (packet.kind !== 'data') return false;
  if (version === 2) return packet.payload.toString('latin1') === PACK_SECTION;
  const [first = 0] = packet.payload;
  return first >= 1 && first <= HIGHEST_BAND;
}

function encoded(packet: Packet): Buffer {
  switch (packet.kind) {
    case 'data':
      return encodePacket(packet.payload);
    case 'flush':
      return flushPacket;
    case 'delimiter':
      return delimiterPacket;
    case 'response-end':
      return responseEndPacket;
  }
}
