import { band, PacketDecoder } from './pkt-line.ts';
import { textOfRefBytes } from './ref-text.ts';

/** What Git answers to a push (`report-status` within `side-band-64k`, gitprotocol-pack(5)), read when it has ended. */
export interface ReadPushReport {
  /** 'ok', or why the pack was not taken. */
  readonly unpack: string;
  /** By the full name of the ref: null for `ok`, else the reason. */
  readonly refs: ReadonlyMap<string, string | null>;
  /** What stood in the band of progress, hooks and errors. */
  readonly said: string;
}

/** @throws BadPacket for what no Git answers */
export function readPushReport(answer: Buffer): ReadPushReport {
  const bands = { status: [] as Buffer[], said: [] as Buffer[] };
  for (const payload of packetsOf(answer)) {
    (payload[0] === band.pack ? bands.status : bands.said).push(payload.subarray(1));
  }
  let unpack = '';
  const refs = new Map<string, string | null>();
  for (const payload of packetsOf(Buffer.concat(bands.status))) {
    const line = textOfRefBytes(payload).replace(/\n$/, '');
    const [, ok, ng, reason = ''] = /^(?:ok (\S+)|ng (\S+) (.*))$/s.exec(line) ?? [];
    if (line.startsWith('unpack ')) unpack = line.slice('unpack '.length);
    else if (ok !== undefined) refs.set(ok, null);
    else if (ng !== undefined) refs.set(ng, reason);
  }
  return { unpack, refs, said: Buffer.concat(bands.said).toString('utf8') };
}

function* packetsOf(bytes: Buffer): Generator<Buffer> {
  const decoder = new PacketDecoder();
  decoder.push(bytes);
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
    if (packet.kind === 'data') yield packet.payload;
  }
}
