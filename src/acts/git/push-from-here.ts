import { buffer } from 'node:stream/consumers';
import { encodeCommandList, type CommandList, type PushCommand } from '../../git/command-list.ts';
import { isZeroObjectId, objectFormatOf } from '../../git/object-id.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { openForWriting } from '../../git/open.ts';
import { writePack, type NewObject } from '../../git/pack-writer.ts';
import { readPushReport } from '../../git/read-push-report.ts';
import { readRef } from '../../git/refs.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { Push, type PushTerms } from './one-push.ts';
import type { AnyPushGrant } from './push-grant.ts';
import { nothingMore } from './push-body.ts';

export interface PushFromHere extends Pick<PushTerms, 'signal' | 'decideAgain' | 'merging'> {
  readonly command: PushCommand;
  /** What the ref leads to and the repository has not. */
  readonly objects: readonly NewObject[];
}

/** Nothing that Git says in these lines is about this machine: they name an object and what is wrong with it. */
const ABOUT_OBJECTS = /^(?:error|fatal): (object [0-9a-f]+: .*)$/m;

/**
 * Moves one ref for whoever asked for it otherwise than with Git, by the same way as a push: decided three times, written
 * down, and carried out by Git, which checks the objects. Throws `Refused` where it would not be granted any more, what
 * `Problem`: `forbidden` where it may not move, `conflict` where it is not what the command says any more, `invalid` where
 * Git takes the objects for broken; `Busy` where there is no turn to be had.
 */
export async function pushFromHere(
  services: Services,
  grant: AnyPushGrant,
  { command, objects, signal, decideAgain, merging }: PushFromHere,
): Promise<void> {
  const format = objectFormatOf(command.new);
  const list: CommandList = {
    commands: [command],
    shallow: [],
    capabilities: new Map([
      ['report-status', ''],
      ['side-band-64k', ''],
      ['object-format', format],
    ]),
    format,
  };
  const handle = await openForWriting(services.storage, grant);
  const terms: PushTerms = {
    version: 0,
    decideAgain,
    ...(signal !== undefined && { signal }),
    ...(merging !== undefined && { merging }),
  };
  const push = new Push(services, grant, terms, handle, list);
  const turn = await push.begin();
  if (Buffer.isBuffer(turn)) throw objection(push, command);
  const isMoved = async () => !(await stands(services, handle, command));
  try {
    // It may have waited long, and what cannot move any more is not counted as a use.
    if (await isMoved()) throw moved();
  } catch (error) {
    turn.end();
    throw error;
  }
  const pack = isZeroObjectId(command.new) ? nothingMore() : writePack(format, objects);
  const answer = await push.run(encodeCommandList(list), pack, turn);
  const { unpack, refs, said } = readPushReport(await buffer(answer));
  if (refs.get(command.ref) === null) return;
  if (push.objectionTo(command.ref) !== undefined) throw objection(push, command);
  const [, fault] = ABOUT_OBJECTS.exec(said) ?? [];
  if (fault !== undefined) throw new Problem('invalid', `Git does not take this: ${fault}.`);
  if (unpack === 'ok' && (await isMoved())) throw moved();
  const reason = refs.get(command.ref);
  services.log.error({ repository: handle.id, unpack, reason, said }, 'Git could not carry out a push.');
  throw new Problem(
    'unavailable',
    'Git could not write this to the repository, and nothing was changed; whoever operates this host finds more in the log.',
  );
}

async function stands(
  services: Services,
  handle: RepositoryHandle,
  { ref, old }: PushCommand,
): Promise<boolean> {
  const found = await readRef(services, handle, ref);
  return isZeroObjectId(old) ? found === undefined : found?.id === old;
}

const moved = (): Problem =>
  new Problem(
    'conflict',
    'Somebody else changed this branch or tag at the same time, and nothing was changed here: look at it again, and repeat what you want.',
  );

function objection(push: Push, { ref }: PushCommand): Error {
  const { reason, isPassing, thrown } = push.objectionTo(ref) ?? {
    reason: 'This ref may not be changed.',
    isPassing: false,
  };
  return thrown ?? new Problem(isPassing ? 'unavailable' : 'forbidden', reason);
}
