import { BLOCK } from './stored-answer.ts';

/** Free buffers, so that what is sent to many clients makes no garbage. As many stay as were once used together, up to this. */
const KEPT = 32;
const free = new Map<number, Buffer[]>();

export const takeBuffer = (bytes: number = BLOCK): Buffer =>
  free.get(bytes)?.pop() ?? Buffer.allocUnsafeSlow(bytes);

export function giveBuffer(buffer: Buffer): void {
  const alike = free.get(buffer.length) ?? [];
  if (alike.length < KEPT) alike.push(buffer);
  free.set(buffer.length, alike);
}
