import { readRequest, type ProtocolRequest } from '../../../src/git/wire/request.ts';

/** The request that these bytes begin with; undefined where it is not understood, or not whole. */
export async function requestIn(bytes: Buffer): Promise<ProtocolRequest | undefined> {
  const { request } = await readRequest(
    (async function* () {
      yield bytes;
    })(),
    bytes.length,
  );
  return request;
}
