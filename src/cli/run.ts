import { Command, CommanderError } from 'commander';
import about from '../../package.json' with { type: 'json' };
import { explain, Refused } from '../gate/index.ts';
import { Problem } from '../problem.ts';

/**
 * Runs one of these verbs. Answers with the exit code: 0 done, 1 refused or failed, 2 wrong use. What was asked for goes to
 * standard output, everything else to standard error, so that a script can take a secret from standard output alone.
 */
export async function runVerbs(argv: readonly string[], verbs: readonly Command[]): Promise<number> {
  const program = new Command('latchkey')
    .description('A self-hosted Git host whose heart is credentials for machines.')
    .version(about.version, '--version', 'print the version')
    .showHelpAfterError('(latchkey --help and latchkey VERB --help explain every verb)')
    .exitOverride();
  for (const verb of verbs) program.addCommand(verb);
  try {
    await program.parseAsync([...argv]);
    // A verb that answers a question says no by its exit code.
    return process.exitCode === 1 ? 1 : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`latchkey: ${sentence(error)}\n`);
    return 1;
  }
}

function sentence(error: unknown): string {
  if (error instanceof Refused) return explain(error.refusal);
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? error.message : String(error);
}
