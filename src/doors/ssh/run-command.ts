import { converseArchive, converseFetch } from '../../acts/git/converse-fetch.ts';
import type { FetchGrant } from '../../acts/git/fetch.ts';
import type { PushGrant } from '../../acts/git/push-grant.ts';
import { advertisePush, receivePush } from '../../acts/git/push.ts';
import { claim, enter, enterAgain, type EntryRequest, type ProvenKey } from '../../entry/index.ts';
import type { OperationName } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { protocolVersion, pushVersion } from '../shared/protocol-version.ts';
import type { GitCommand, LfsCommand } from './command.ts';
import { converseLfs } from './lfs-conversation.ts';

/** Who runs a command, as the connection knows it. */
export interface Caller {
  readonly key: ProvenKey;
  readonly userName: string;
  readonly address: string;
  /** The software that the client says it is. */
  readonly agent: string;
}

/** A command as its client sees it. */
export interface ClientSide {
  /** Aborted when the client leaves before the command is over. */
  readonly signal: AbortSignal;
  /** What the client sends; throws `ClientGone` where it goes away without saying that this was all. */
  body(): AsyncIterable<Buffer>;
  /** Sends bytes and waits until more may be sent; they are not needed any longer then. Rejects with `ClientGone`. */
  write(bytes: Buffer): Promise<void>;
  /** Sends lines for people to read, where errors are read unless told. */
  say(text: string, where?: 'output' | 'errors'): void;
}

/** What a request of this caller is to entry: which command runs decides the operation, and nothing else does. */
export const asking = <Op extends OperationName>(
  { key, userName, address, agent }: Caller,
  operation: Op,
  targets: EntryRequest<Op>['targets'],
): EntryRequest<Op> => ({
  operation,
  targets,
  presented: { type: 'key', key, userName },
  surface: 'ssh',
  address,
  agent,
});

/** Smaller than over HTTP: beside it stand its encrypted packets. */
const PIECE_BYTES = 256 * 1024;

/** Runs a command of Git to its end. Throws `Refused`, `Problem`, and `ClientGone` where the client went away. */
export async function runCommand(
  services: Services,
  caller: Caller,
  command: GitCommand | LfsCommand,
  protocol: string,
  client: ClientSide,
): Promise<void> {
  if (command.service === 'git-lfs-transfer') return transferLfs(services, caller, command, client);
  const { service, isWiki, target } = command;
  const targets = [target];
  if (service === 'git-receive-pack') {
    const grant = isWiki
      ? await enter(services, asking(caller, 'wiki.push', targets))
      : await enter(services, asking(caller, 'repository.push', targets));
    tellOfRename(grant, services, client);
    return push(services, grant, protocol, client);
  }
  const grant = isWiki
    ? await enter(services, asking(caller, 'wiki.fetch', targets))
    : await enter(services, asking(caller, 'repository.fetch', targets));
  tellOfRename(grant, services, client);
  const converse = service === 'git-upload-archive' ? converseArchive : converseFetch;
  const answer = converse(services, grant, {
    pieceBytes: PIECE_BYTES,
    version: protocolVersion(protocol),
    signal: client.signal,
    body: client.body(),
    // Two calls alike: a grant of either operation is no grant of one that may be both.
    claimUse: () =>
      grant.operation === 'repository.fetch' ? claim(services, grant) : claim(services, grant),
  });
  return send(answer, client);
}

async function transferLfs(
  services: Services,
  caller: Caller,
  { way, target }: LfsCommand,
  client: ClientSide,
): Promise<void> {
  const grant =
    way === 'upload'
      ? await enter(services, asking(caller, 'lfs.upload', [target]))
      : await enter(services, asking(caller, 'lfs.download', [target]));
  return converseLfs(services, grant, client);
}

async function push(
  services: Services,
  grant: PushGrant,
  protocol: string,
  client: ClientSide,
): Promise<void> {
  const version = pushVersion(protocol);
  await send(
    await advertisePush(services, grant, { version, signal: client.signal, namesService: false }),
    client,
  );
  const answer = await receivePush(services, grant, {
    version,
    body: client.body(),
    bothWays: true,
    decideAgain: (database) =>
      grant.operation === 'repository.push'
        ? enterAgain({ ...services, database }, grant)
        : enterAgain({ ...services, database }, grant),
  });
  await send(answer, client);
}

async function send(answer: Buffer | AsyncIterable<Buffer>, client: ClientSide): Promise<void> {
  if (Buffer.isBuffer(answer)) return client.write(answer);
  for await (const chunk of answer) await client.write(chunk);
}

/** Over SSH nobody can be led on to the present name, so it is told. */
function tellOfRename(
  { operation, targets: [repository] }: FetchGrant | PushGrant,
  { ssh }: Services,
  client: ClientSide,
): void {
  if (repository.renamedFrom === undefined || ssh === null) return;
  const { slug, workspace } = repository;
  const place = operation === 'wiki.fetch' || operation === 'wiki.push' ? '/wiki' : '';
  client.say(
    `This repository is now ${workspace.slug}/${slug}; the old name works until somebody takes it. To follow: git remote set-url origin ${ssh.url}/${workspace.slug}/${slug}.git${place}`,
  );
}
