import type { Duplex } from 'node:stream';
import { encodePacket, flushPacket } from '../git/pkt-line.ts';
import { bytesOfRefText } from '../git/ref-text.ts';
import { RelayReader } from './relay-reader.ts';
import type { PushCommand } from '../git/command-list.ts';
import type { RefVerdict } from './decide.ts';

/** What any pipe holds: the hook writes it whole before it takes from Git what Git writes before it reads. */
const LONGEST_REPORT = 4096;

/** What the hooks of one push are answered by. Commands come as Git holds them, without those that it gave up before. */
export interface HookAnswers {
  /** The objects lie in quarantine. Refusing throws them away; `says` is shown to the person, line by line. */
  readonly preReceive: (
    commands: readonly PushCommand[],
    quarantine: string,
  ) => Promise<{ readonly accept: boolean; readonly says: readonly string[] }>;
  /** The refs are about to move: each as it is answered. */
  readonly procReceive: (commands: readonly PushCommand[]) => Promise<readonly RefVerdict[]>;
}

/**
 * Answers the hooks until Git has ended. Only in the order in which Git asks: no ref is answered for that `preReceive`
 * did not let pass. Never throws: whatever goes wrong closes the relay, and hooks without an answer refuse.
 */
export async function answerHooks(
  relay: Duplex,
  answers: HookAnswers,
  onError: (error: unknown) => void,
): Promise<void> {
  relay.on('error', () => {});
  try {
    await converse(relay, answers);
  } catch (error) {
    onError(error);
  }
  relay.destroy();
}

async function converse(relay: Duplex, answers: HookAnswers): Promise<void> {
  const reader = new RelayReader(relay);
  const first = await reader.line();
  if (first?.startsWith('pre-receive ') !== true) return;
  const offered = await reader.paragraph();
  if (offered === undefined) return;
  const commands = offered.map(commandFrom);
  const { accept, says } = await answers.preReceive(commands, first.slice('pre-receive '.length));
  relay.write([...says.map((line) => `say ${printable(line)}`), accept ? 'accept' : 'refuse', ''].join('\n'));
  if (!accept) return drain(reader);

  if ((await reader.line()) !== 'proc-receive') return;
  const verdicts = await answers.procReceive(commands);
  const report = Buffer.concat([...verdicts.flatMap(reportOf), flushPacket]);
  if (report.length <= LONGEST_REPORT) relay.write(Buffer.concat([report, Buffer.from('\n')]));
  // Closing our direction ends the hook.
  else relay.end(Buffer.concat([Buffer.from('stream\n'), report]));
  return drain(reader);
}

/** Closing at once could tear off the answer that the hook has yet to read. */
async function drain(reader: RelayReader): Promise<void> {
  while ((await reader.line()) !== undefined);
}

/** `proc-receive` in githooks(5): with `fall-through` Git moves the ref itself. */
const reportOf = ({ command, reason }: RefVerdict): Buffer[] =>
  reason === null
    ? [encodePacket(bytesOfRefText(`ok ${command.ref}`)), encodePacket('option fall-through')]
    : [encodePacket(bytesOfRefText(`ng ${command.ref} ${printable(reason).slice(0, 1000)}`))];

const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

function commandFrom(line: string): PushCommand {
  const [, old, id, ref] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(line) ?? [];
  if (old === undefined || id === undefined || ref === undefined) {
    throw new TypeError('A hook sent something else than commands.');
  }
  return { ref, old, new: id };
}
