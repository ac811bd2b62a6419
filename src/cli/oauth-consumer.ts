import { Command } from 'commander';
import {
  createOauthConsumer,
  deleteOauthConsumer,
  listOauthConsumers,
  type ViewedConsumer,
} from '../acts/oauth/consumers.ts';
import { rotateConsumerSecret } from '../acts/oauth/rotate-secret.ts';
import { enterAsOperator } from '../entry/index.ts';
import { endOf, instant } from './moment.ts';
import { overlapOf, withOverlap } from './overlap.ts';
import { json, operate, print, printJson, revokeUnseen } from './operate.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

export const oauthConsumerCommand = (): Command =>
  new Command('oauth-consumer')
    .description('OAuth consumers: applications that may ask people of this host for access.')
    .addCommand(create())
    .addCommand(list())
    .addCommand(rotate())
    .addCommand(remove());

const inWorkspace = (workspace: string) => [{ type: 'workspace', workspace }] as const;

const create = (): Command =>
  new Command('create')
    .description('Create a consumer. Prints its key and secret as JSON; the secret is not shown again.')
    .argument('<workspace>')
    .requiredOption('--name <name>', 'what people read when they are asked')
    .addOption(repeatable('--callback <url>', 'where people are sent back to'))
    .addOption(repeatable('--scope <scope>', 'what it may ask for').makeOptionMandatory())
    .option('--public', 'it cannot keep a secret (a command line, a page): it gets none, and must use PKCE')
    .option('--description <text>')
    .option('--url <url>', 'home page')
    .action(async (workspace: string, options: Record<string, unknown>) => {
      const isPrivate = options['public'] !== true;
      if (isPrivate) refuseUnseen();
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'consumer.create', inWorkspace(workspace));
        const { consumer, secret } = await createOauthConsumer(services, grant, {
          name: String(options['name']),
          description: typeof options['description'] === 'string' ? options['description'] : '',
          url: typeof options['url'] === 'string' ? options['url'] : '',
          callbacks: [options['callback'] ?? []].flat().map(String),
          scopes: [options['scope']].flat().map(String),
          isPrivate,
        });
        const made = { id: consumer.id, key: consumer.key };
        if (secret === null) return printJson({ ...made, secret: null });
        const shown = json({ ...made, secret: secret.secret.reveal() });
        await showOnce(shown, `the consumer ${consumer.key}`, async () => {
          const deleting = await enterAsOperator(services, 'consumer.delete', inWorkspace(workspace));
          await deleteOauthConsumer(services, deleting, consumer.key);
          return `the consumer ${consumer.key} was deleted again`;
        });
      });
    });

const list = (): Command =>
  new Command('list')
    .description('List the consumers of a workspace; never their secrets.')
    .argument('<workspace>')
    .option('--json', 'as JSON')
    .action(async (workspace: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'consumer.list', inWorkspace(workspace));
        const viewed = await listOauthConsumers(services, grant);
        if (options['json'] === true) printJson(viewed.map(asJson));
        else {
          for (const { consumer, secrets } of viewed) {
            print(
              [
                consumer.key,
                consumer.name,
                consumer.isPrivate ? 'private' : 'public',
                consumer.scopes.join(' '),
                ...secrets.filter(({ state }) => state === 'active').map(secretInWords),
              ].join('  '),
            );
          }
        }
      }),
    );

const secretInWords = (secret: ViewedConsumer['secrets'][number]): string =>
  `secret ${secret.id} ends: ${instant(endOf(secret)) ?? 'never'}`;

const asJson = ({ consumer, secrets }: ViewedConsumer) => ({
  id: consumer.id,
  key: consumer.key,
  name: consumer.name,
  description: consumer.description,
  url: consumer.url,
  private: consumer.isPrivate,
  scopes: consumer.scopes,
  callbacks: consumer.callbacks,
  created_at: new Date(consumer.createdAt).toISOString(),
  secrets: secrets.map((secret) => ({
    id: secret.id,
    state: secret.state,
    created_at: instant(secret.createdAt),
    ends_at: instant(endOf(secret)),
    last_used_at: instant(secret.lastUsedAt),
  })),
});

const rotate = (): Command =>
  withOverlap(new Command('replace-secret'))
    .description('Give a private consumer a new secret. Prints it as JSON; it is not shown again.')
    .argument('<workspace>')
    .argument('<key>')
    .action(async (workspace: string, key: string, options: Record<string, unknown>) => {
      refuseUnseen();
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'consumer.rotate', inWorkspace(workspace));
        const { id, secret, earlierEndAt } = await rotateConsumerSecret(
          services,
          grant,
          key,
          overlapOf(options),
        );
        const shown = json({
          id,
          key,
          secret: secret.reveal(),
          earlier_secrets_end_at: instant(earlierEndAt),
        });
        await showOnce(
          shown,
          id,
          async () =>
            `${await revokeUnseen(services, id)}, and the secret before it still ends as was asked, so run this again`,
        );
      });
    });

const remove = (): Command =>
  new Command('delete')
    .description('Delete a consumer: its secrets, what people let it do, and every token it has end at once.')
    .argument('<workspace>')
    .argument('<key>')
    .action(async (workspace: string, key: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'consumer.delete', inWorkspace(workspace));
        await deleteOauthConsumer(services, grant, key);
        print(`Deleted ${key}.`);
      }),
    );
