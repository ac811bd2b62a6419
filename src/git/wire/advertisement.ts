import { PacketText } from './packets.ts';
import type { RefSnapshot } from '../snapshot/snapshot.ts';

/** The list of refs with which versions 0 and 1 begin: gitprotocol-pack(5), "Reference Discovery". */

export type Service = 'git-upload-pack' | 'git-receive-pack';

/** How the installed Git dresses that list. */
export interface AdvertisementShape {
  /** What stands before the first ref: nothing, or in version 1 its announcement. */
  readonly start: Buffer;
  /** All there is where there are no refs at all. */
  readonly empty: Buffer;
  /** The capabilities behind the first ref, as bytes in Latin-1, cut where the `symref=` of HEAD goes in between. */
  readonly capabilities: readonly [before: string, after: string];
}

/** What Git would say now. A push is not told of HEAD, nor what tags lead to. Remembered with the snapshot. */
export function advertise(
  service: Service,
  version: 0 | 1,
  snapshot: RefSnapshot,
  shape: AdvertisementShape,
): Promise<Buffer> {
  return snapshot.answer(`${service} ${version}`, () => listFor(service, snapshot, shape));
}

async function listFor(service: Service, snapshot: RefSnapshot, shape: AdvertisementShape): Promise<Buffer> {
  const { head, refs } = snapshot;
  const isFetch = service === 'git-upload-pack';
  const showsHead = isFetch && head.id !== null;
  if (!showsHead && refs.length === 0) return shape.empty;
  const [before, after] = shape.capabilities;
  const symref = showsHead && head.symbolic !== null ? ` symref=HEAD:${head.symbolic}` : '';
  let dress = `\0${before}${symref}${after}`;
  const text = new PacketText();
  const add = (id: string, name: string, peeled: string | null) => {
    text.add(`${id} ${name}${dress}`);
    dress = '';
    if (isFetch && peeled !== null) text.add(`${peeled} ${name}^{}`);
  };
  if (showsHead && head.id !== null) add(head.id, 'HEAD', head.peeled);
  for (const { id, name, peeled } of refs) {
    if (text.isDue) await text.breathe();
    add(id, name, peeled);
  }
  return Buffer.concat([shape.start, text.end()]);
}
