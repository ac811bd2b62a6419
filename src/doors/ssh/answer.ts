import { greetedName } from '../../acts/keys/greet.ts';
import { enter } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { readCommand } from './command.ts';
import { sentenceFor } from './refusals.ts';
import { asking, runCommand, type Caller, type ClientSide } from './run-command.ts';

/** What a client asks for once it was let in: a command, or a shell where it names none. */
export interface Asked {
  readonly command: string | null;
  /** The variable GIT_PROTOCOL of the client. */
  readonly protocol: string;
}

const REFUSED = 128;

/** Runs what was asked for to its end, whatever comes of it, and answers with the exit code that the client is told. */
export async function answer(
  services: Services,
  caller: Caller,
  { command, protocol }: Asked,
  client: ClientSide,
): Promise<number> {
  try {
    if (command === null) {
      await greet(services, caller, client);
      return 0;
    }
    const read = readCommand(command);
    if ('says' in read) {
      client.say(read.says);
      return 1;
    }
    await runCommand(services, caller, read, protocol, client);
    return 0;
  } catch (error) {
    const says = sentenceFor(error, services);
    if (says !== null) client.say(says);
    return REFUSED;
  }
}

async function greet(services: Services, caller: Caller, client: ClientSide): Promise<void> {
  const grant = await enter(services, asking(caller, 'credential.self', [{ type: 'host' }]));
  client.say(
    `authenticated via ssh key as ${greetedName(grant)}.\n\nYou can use git to connect to Latchkey. Shell access is disabled`,
    'output',
  );
}
