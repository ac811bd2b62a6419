import { openForReading } from '../../git/open.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { endGit, type GitChild } from '../../git/process.ts';
import { converseUploadPack, startUploadArchive } from '../../git/upload-pack.ts';
import { spokenReason } from '../../git/spoken-reason.ts';
import { Requests } from '../../git/wire/requests.ts';
import type { Services } from '../../services.ts';
import { advertiseFetch, answerFetch, type FetchGrant, type FetchBody } from './fetch.ts';
import { startedIn, workOf } from './pack-work.ts';
import { fromClient, toClient } from './patience.ts';
import { endOf, GitSaidWhy, incomprehensible, pour, unreadable, type Answer } from './serve.ts';

/** Reading in one conversation, as over SSH: the host begins, and both sides may talk at once. */

/**
 * A clone or fetch from its beginning to its end. Version 2 is a row of requests, each answered as over HTTP; what comes
 * before it is Git's own affair, and so a use is claimed before it begins. Throws `Refused` and `Problem`.
 */
export async function* converseFetch(
  services: Services,
  grant: FetchGrant,
  input: FetchBody,
): AsyncGenerator<Buffer> {
  if (input.version !== 2) {
    yield* conversation(services, grant, input, (handle) => converseUploadPack(handle, input));
    return;
  }
  yield* allOf(await advertiseFetch(services, grant, input));
  const requests = new Requests(input.body[Symbol.asyncIterator]());
  for (;;) {
    const body = await requests.next().catch(gone);
    if (body === undefined) return;
    yield* allOf(await answerFetch(services, grant, { ...input, body }));
  }
}

/** An archive of a tree, as `git archive --remote` asks for it. Throws `Refused` and `Problem`. */
export const converseArchive = (
  services: Services,
  grant: FetchGrant,
  input: FetchBody,
): AsyncGenerator<Buffer> =>
  conversation(services, grant, input, (handle) => startUploadArchive(handle, input.signal));

const allOf = (answer: Answer): Iterable<Buffer> | AsyncIterable<Buffer> =>
  Buffer.isBuffer(answer) ? [answer] : answer;

async function* conversation(
  services: Services,
  grant: FetchGrant,
  { body, signal, claimUse }: FetchBody,
  start: (handle: RepositoryHandle) => GitChild,
): AsyncGenerator<Buffer> {
  const handle = await openForReading(services.storage, grant);
  const turn = await services.packQueue.enter(workOf(grant), signal);
  await claimUse().catch((error: unknown) => {
    turn.end();
    throw error;
  });
  const child = startedIn(turn, () => start(handle));
  const stop = () => endGit(child);
  let broken: unknown;
  pour(fromClient(body, turn), child.stdin).catch((error: unknown) => {
    broken = error;
    stop();
  });
  let saidSomething = false;
  for await (const chunk of toClient(child.stdout, turn, stop)) {
    saidSomething = true;
    yield chunk;
  }
  const { code, stderr } = await endOf(services, child);
  if (broken !== undefined || signal.aborted) throw unreadable(broken);
  if (code === 0) return;
  // It has told the client why, but for what it says to itself alone.
  const hasToldWhy = saidSomething && spokenReason(stderr) === undefined;
  throw hasToldWhy ? new GitSaidWhy(stderr) : incomprehensible(services, stderr);
}

function gone(error: unknown): never {
  throw unreadable(error);
}
