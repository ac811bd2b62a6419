import { Command } from 'commander';
import { createPersonalCredential } from '../acts/credentials/create-personal.ts';
import type { PersonalGrant } from '../acts/credentials/personal.ts';
import type { Services } from '../services.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { instant, moment } from './moment.ts';
import { json, operate, revokeUnseen } from './operate.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

/** What tells the verb of one kind from that of another. */
export interface PersonalVerb {
  /** "an app password". */
  readonly named: string;
  readonly exampleScope: string;
  /** What becomes of it where no expiry is given. */
  readonly usualEnd: string;
  readonly examples: readonly string[];
  readonly enter: (services: Services, account: string) => Promise<PersonalGrant<'create'>>;
}

/** The verb that creates an app password or an API token of a person. */
export const createPersonal = ({ named, exampleScope, usualEnd, examples, enter }: PersonalVerb): Command =>
  withConfinement(
    new Command('create')
      .description(`Create ${named}. The secret alone goes to standard output, and is not shown again.`)
      .argument('<user>', 'user name of its owner')
      .requiredOption('--label <label>', 'what will use it')
      .addOption(
        repeatable('--scope <scope>', `what it may do, such as ${exampleScope}`).makeOptionMandatory(),
      )
      .option('--not-before <date>', 'first moment, such as 2027-03-01 or 2027-03-01T08:00Z')
      .option(
        '--expires <date>',
        `last moment, such as 2027-03-31 or 2027-03-31T12:00Z (default: ${usualEnd})`,
      )
      .option('--json', 'print the public id and the last moment, too, as JSON'),
  )
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  latchkey ${line}`).join('\n')}`)
    .action(async (account: string, options: Record<string, unknown>) => {
      refuseUnseen();
      await operate(settingsOf(options), async (services) => {
        const { id, secret, expiresAt } = await createPersonalCredential(
          services,
          await enter(services, account),
          {
            label: String(options['label']),
            scopes: [options['scope']].flat().map(String),
            notBefore:
              typeof options['notBefore'] === 'string' ? moment(options['notBefore'], 'beginning') : null,
            expiresAt: typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : null,
            confinement: confinementOf(options),
          },
        );
        const shown =
          options['json'] === true
            ? json({ id, secret: secret.reveal(), expires_at: instant(expiresAt) })
            : secret.reveal();
        await showOnce(shown, id, () => revokeUnseen(services, id));
      });
    });
