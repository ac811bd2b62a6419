import { hostname } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { beginDeviceFlow, type Wish } from '../client/device-flow.ts';
import { approve, lastingHelper, ownHelper, setHelper } from '../client/git-store.ts';
import { keep, keptOf } from '../client/helper.ts';
import { discover, hostOrigin } from '../client/host.ts';
import type { IssuedCredential } from '../client/issued.ts';
import { keeperPath } from '../client/keeper.ts';
import { repeatable } from './repeatable.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

export const loginCommand = (): Command =>
  new Command('login')
    .description(
      'Let Git on this machine in at a Latchkey host: you say yes in a browser, on this machine or any other.',
    )
    .argument('<host>', 'its address, such as https://git.example.com')
    .option('--label <label>', 'what will use it', `git on ${hostname()}`)
    .addOption(repeatable('--scope <scope>', 'what it may do (default: repository:write)'))
    .addOption(repeatable('--repository <workspace/name>', 'where (default: wherever you may go)'))
    .option('--expires-in-days <days>', 'for how long (default: until revoked)', days)
    .option('--short-lived', 'an access token of two hours, which is renewed, instead of an app password')
    .option('--print', 'print the secret to standard output, and keep it nowhere')
    .addHelpText(
      'after',
      '\nWhat you leave of it in the browser is what it may do.\n\nExamples:\n  latchkey login https://git.example.com\n  latchkey login git.example.com --scope repository --repository team/app --expires-in-days 30',
    )
    .action(async (typed: string, options: Record<string, unknown>) => {
      if (options['print'] === true) refuseUnseen();
      const origin = hostOrigin(typed);
      const issued = await ask(origin, wishOf(options));
      if (options['print'] === true)
        await showOnce(
          issued.secret,
          'what was made just now',
          async () => `revoke what was made just now on your page at ${origin}`,
        );
      else say(`\n${await hand(origin, issued)}`);
    });

function days(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Give a number of days, such as 90.');
  return Number(text);
}

const wishOf = (options: Readonly<Record<string, unknown>>): Wish => ({
  lasting: options['shortLived'] !== true,
  label: String(options['label']),
  scopes: [options['scope'] ?? 'repository:write'].flat().map(String),
  repositories: [options['repository'] ?? []].flat().map(String),
  expiresInDays: typeof options['expiresInDays'] === 'number' ? options['expiresInDays'] : undefined,
});

/** Everything for the person goes to standard error: standard output may be read by a script. */
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function ask(origin: string, wish: Wish): Promise<IssuedCredential> {
  const waiting = await beginDeviceFlow(origin, await discover(origin), wish);
  const minutes = Math.round((waiting.expiresAt - Date.now()) / 60_000);
  say(`To let this machine in at ${origin}, open in a browser, here or elsewhere,

    ${waiting.page}

and enter the code

    ${waiting.userCode}

or open ${waiting.pageWithCode}

It asks for ${wish.lasting ? `an app password “${wish.label}”` : 'a token that is renewed every two hours'}: ${wish.scopes.join(', ')}; ${
    wish.repositories.length === 0 ? 'wherever you may go' : wish.repositories.join(', ')
  }; ${wish.expiresInDays === undefined ? 'until you revoke it' : `for ${wish.expiresInDays} days`}.
You can make it narrower there. Waiting for your answer, for ${minutes} minutes …`);
  return waiting.answer();
}

/** Gives Git what was issued, and says what it did. */
async function hand(origin: string, issued: IssuedCredential): Promise<string> {
  const may = `Approved: ${issued.scopes.join(', ')}.`;
  const own = ownHelper(process.argv);
  const present = await lastingHelper(origin);
  const isOwn = present?.endsWith(' credential-helper') === true;
  // A helper of another make keeps a password well, and cannot renew a token.
  if (present !== undefined && !isOwn && issued.refreshToken === undefined) {
    await approve(origin, issued);
    return `${may} Git's own credential helper keeps it for ${origin}.`;
  }
  const path = keeperPath();
  await keep(path, keptOf(origin, issued));
  if (present !== own) await setHelper(origin, own);
  return `${may} It is kept in ${path}, where Git finds it for ${origin}.`;
}
