import { BLOCK } from './stored-answer.ts';

/** Free buffers, so that what is sent to many clients makes no garbage. As many stay as were once used together, up to this. */
const KEPT = 32;
const free: Buffer[] = [];

export const takeBuffer = (): Buffer => free.pop() ?? Buffer.allocUnsafeSlow(BLOCK);

export function giveBuffer(buffer: Buffer): void {
  if (free.length < KEPT) free.push(buffer);
}
