import { Transform, type TransformCallback } from 'node:stream';
import { band, BadPacket, PacketDecoder, type Packet } from './pkt-line.ts';
import { textOfRefBytes } from './ref-text.ts';

/**
 * Git's answer to a push, handed on as it comes, and read on its way: which refs it says `ok` of (`report-status` and
 * `side-band-64k`, gitprotocol-pack(5)). What is told to the client is thereby what is written down.
 */
export class PassingReport extends Transform {
  readonly #isBanded: boolean;
  readonly #answer = new PacketDecoder();
  /** The report within the bands; the answer itself where there are none. */
  readonly #status: PacketDecoder;
  readonly #moved = new Set<string>();
  #state: 'reading' | 'whole' | 'unclear' = 'reading';

  /** @param capabilities those that the client asked for */
  constructor(capabilities: ReadonlyMap<string, string>) {
    super();
    this.#isBanded = capabilities.has('side-band-64k');
    this.#status = this.#isBanded ? new PacketDecoder() : this.#answer;
  }

  /** The refs that moved, and those that were to be deleted and were not there. Undefined where Git did not say it to the end: the client wanted no report, or the answer broke off. */
  get moved(): ReadonlySet<string> | undefined {
    return this.#state === 'whole' ? this.#moved : undefined;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#state === 'reading') this.#read(chunk);
    done(null, chunk);
  }

  #read(chunk: Buffer): void {
    try {
      this.#answer.push(chunk);
      if (this.#isBanded) {
        for (const { payload } of dataOf(this.#answer)) {
          if (payload[0] === band.pack) this.#status.push(payload.subarray(1));
        }
      }
      for (let packet = this.#status.next(); packet !== undefined; packet = this.#status.next()) {
        if (packet.kind === 'data') this.#line(textOfRefBytes(packet.payload));
        else this.#state = 'whole';
      }
    } catch (error) {
      if (!(error instanceof BadPacket)) throw error;
      this.#state = 'unclear';
    }
  }

  #line(line: string): void {
    const [, ref] = /^ok ([^\n]+)\n?$/.exec(line) ?? [];
    if (ref !== undefined) this.#moved.add(ref);
  }
}

function* dataOf(decoder: PacketDecoder): Generator<Packet & { readonly kind: 'data' }> {
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
    if (packet.kind === 'data') yield packet;
  }
}
