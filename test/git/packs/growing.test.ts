import { open, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { follow, type AnswerEnd, type GrowingAnswer } from '../../../src/git/packs/growing.ts';
import { flushPacket, encodePacket } from '../../../src/git/pkt-line.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { workFolder } from '../../support/git.ts';

/** An answer that ends, and has its seal written behind it, while a reader has asked for its next bytes. */
async function sealedMeanwhile(answer: Buffer, seal: Buffer): Promise<GrowingAnswer> {
  const path = workFolder(`growing-${seal.length}`);
  await writeFile(path, Buffer.concat([answer, seal]));
  const file = await open(path, 'r');
  atEndOfFile(() => file.close());
  let ended: AnswerEnd | undefined;
  const lookForEnd = async () => (ended = { length: answer.length, failure: null });
  return {
    file,
    get ended() {
      return ended;
    },
    lookForEnd,
    changed: async () => void (await lookForEnd()),
  };
}

it.each([
  ['that looks like packets', Buffer.concat([encodePacket('seal'), flushPacket])],
  ['that looks like none', Buffer.from('sealed, and no packet at all')],
])('a seal %s, written while its reader reads, is not answered with', async (_, seal) => {
  const answer = Buffer.concat([encodePacket('packfile\n'), encodePacket('\u0001PACK…'), flushPacket]);
  const chunks: Buffer[] = [];
  const growing = await sealedMeanwhile(answer, seal);
  for await (const chunk of follow(growing, new AbortController().signal)) chunks.push(Buffer.from(chunk));
  expect(Buffer.concat(chunks).toString('latin1')).toBe(answer.toString('latin1'));
});
