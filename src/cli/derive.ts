import { Command, InvalidArgumentError } from 'commander';
import type { Confinement } from '../acts/credentials/confinement.ts';
import { deriveToken, revokeToken } from '../client/derive.ts';
import { hostOrigin } from '../client/host.ts';
import { CREDENTIAL_KINDS, formOfSecret } from '../gate/index.ts';
import { invalid } from '../problem.ts';
import { confinementOf, withDerivedConfinement } from './confinement.ts';
import { repeatable } from './repeatable.ts';
import { secretFromInput } from './secret-input.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

export const deriveCommand = (): Command =>
  withDerivedConfinement(
    new Command('derive')
      .description(
        'Make a narrower, short-lived token of a credential, for a job to hold in its place. The secret of the credential is read from standard input, and that of the token printed alone.',
      )
      .argument('<host>', 'its address, such as https://git.example.com')
      .requiredOption('--label <label>', 'what will use it')
      .addOption(
        repeatable('--scope <scope>', 'what it may do, of what the credential may').makeOptionMandatory(),
      )
      .option(
        '--user <name>',
        'owner of the credential, where that is an app password or an API token, or came of one',
      )
      .option('--expires-in <time>', 'for how long, such as 90s, 15m, 8h or 30d (default: 1h)', seconds),
  )
    .option('--json', 'print all that is known of it, as JSON')
    .addHelpText(
      'after',
      '\nIt may do no more than the credential, lives no longer, and is revoked and paused with it.\n\nExamples:\n  latchkey derive https://git.example.com --user jane --label "build 7" --scope repository --repository team/app < secret\n  latchkey derive git.example.com --label release --scope repository:write --ref refs/tags/v*:create --one-push --expires-in 10m < token',
    )
    .action(async (typed: string, options: Record<string, unknown>) => {
      refuseUnseen();
      const origin = hostOrigin(typed);
      const authorization = authorizationOf(
        await secretFromInput('secret of the credential'),
        typeof options['user'] === 'string' ? options['user'] : undefined,
      );
      const made = await deriveToken(origin, authorization, {
        label: options['label'],
        scopes: options['scope'],
        expires_in: options['expiresIn'],
        ...members(confinementOf(options)),
      });
      const id = String(made['id']);
      await showOnce(
        options['json'] === true ? JSON.stringify(made, null, 2) : String(made['secret']),
        id,
        async () => {
          if (await revokeToken(origin, authorization, id)) return `${id} was revoked`;
          throw new Error('the host refused');
        },
      );
    });

const PLAIN = /^[\x21-\x7e]{1,255}$/;

/** Throws `Problem` for what is no secret, and for one that is sent with a user name and has none. */
function authorizationOf(secret: string, user: string | undefined): string {
  if (!PLAIN.test(secret))
    throw invalid('secret', 'Give the secret of the credential on standard input, and nothing else.');
  const form = formOfSecret(secret);
  if (user === undefined && (form === 'app_password' || form === 'api_token')) {
    throw invalid(
      'user',
      `An ${CREDENTIAL_KINDS[form].title} is sent with the name of its owner: add --user NAME.`,
    );
  }
  return user === undefined
    ? `Bearer ${secret}`
    : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(text: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  const each = UNITS[unit];
  if (number === undefined || each === undefined)
    throw new InvalidArgumentError('Give a number and s, m, h or d, such as 15m.');
  return Number(number) * each;
}

/** By which names the API takes them. */
const members = (confinement: Confinement): Readonly<Record<string, unknown>> => ({
  repositories: confinement.repositoryNames,
  refs: confinement.refs,
  denied_refs: confinement.deniedRefs,
  paths: confinement.paths,
  denied_paths: confinement.deniedPaths,
  networks: confinement.networks,
  windows: confinement.windows,
  uses: confinement.uses,
  pushes: confinement.pushes,
  maximum_bytes: confinement.maximumBytes,
  author_self: confinement.authorSelf,
});
