import { Command } from 'commander';
import { changeRepository } from '../acts/repositories/change.ts';
import { createRepository } from '../acts/repositories/create.ts';
import { deleteRepository, restoreRepository, transferRepository } from '../acts/repositories/remove.ts';
import { everythingKept, prune } from '../acts/repositories/maintain.ts';
import { shapeInWords } from '../acts/repositories/shape-in-words.ts';
import { enterAsOperator } from '../entry/index.ts';
import { requireProject } from './known-project.ts';
import { inMaintenanceTurn } from './maintenance-turn.ts';
import { placeToImportFrom } from './place-to-import-from.ts';
import { settingsOf } from './settings.ts';
import { operate, print, repositoryNamed } from './operate.ts';

export const repositoryCommand = (): Command =>
  new Command('repository')
    .description('Repositories.')
    .addCommand(create())
    .addCommand(remove())
    .addCommand(restore())
    .addCommand(rename())
    .addCommand(transfer())
    .addCommand(purge());

const create = (): Command =>
  new Command('create')
    .description('Create a repository, private unless asked otherwise.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .option('--public', 'readable by everybody, without signing in')
    .option('--description <text>', 'what it is for')
    .option('--project <key>', 'project of the workspace that it is to be in (default: the oldest)')
    .option('--wiki', 'switch its wiki on')
    .option('--import <path-or-url>', 'take over branches, tags and notes of another repository')
    .action(async (name: string, options: Record<string, unknown>) => {
      const { workspace, repository } = repositoryNamed(name);
      const project = typeof options['project'] === 'string' ? options['project'] : undefined;
      await operate(settingsOf(options), async (services) => {
        if (project !== undefined) await requireProject(services, { workspace, project });
        const grant = await enterAsOperator(services, 'repository.create', [
          { type: 'workspace', workspace },
        ]);
        const made = await createRepository(services, grant, {
          slug: repository,
          isPrivate: options['public'] !== true,
          hasWiki: options['wiki'] === true,
          ...(project !== undefined && { project }),
          ...(typeof options['description'] === 'string' && { description: options['description'] }),
          ...(typeof options['import'] === 'string' && { importFrom: placeToImportFrom(options['import']) }),
        });
        print(
          `Created ${made.isPrivate ? 'private' : 'public'} repository ${workspace}/${made.slug} {${made.id}}.`,
        );
      });
    });

const remove = (): Command =>
  new Command('delete')
    .description('Delete a repository; it can be restored for a while. Its access tokens end for good.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .action(async (name: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const target = { type: 'repository', ...repositoryNamed(name) } as const;
        await deleteRepository(services, await enterAsOperator(services, 'repository.delete', [target]));
        print(`Deleted ${name}.`);
      }),
    );

const restore = (): Command =>
  new Command('restore')
    .description('Bring a deleted repository back.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .action(async (name: string, options: Record<string, unknown>) => {
      const { workspace, repository } = repositoryNamed(name);
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'repository.restore', [
          { type: 'workspace', workspace },
        ]);
        await restoreRepository(services, grant, repository);
        print(`Restored ${name}.`);
      });
    });

const rename = (): Command =>
  new Command('rename')
    .description('Rename a repository; the old name leads to it until it is taken again.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .argument('<name>', 'the new name in addresses')
    .action(async (name: string, slug: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const target = { type: 'repository', ...repositoryNamed(name) } as const;
        const grant = await enterAsOperator(services, 'repository.update', [target]);
        const renamed = await changeRepository(services, grant, { slug, name: slug });
        print(`${name} is now ${renamed.workspace.slug}/${renamed.slug}.`);
      }),
    );

const transfer = (): Command =>
  new Command('transfer')
    .description('Transfer a repository to another workspace. Its access tokens end.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .argument('<workspace>', 'slug of the other workspace')
    .action(async (name: string, workspace: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const target = { type: 'repository', ...repositoryNamed(name) } as const;
        const to = { type: 'workspace', workspace } as const;
        const moved = await transferRepository(
          services,
          await enterAsOperator(services, 'repository.transfer', [target, to]),
        );
        print(`${name} is now ${moved.workspace.slug}/${moved.slug}.`);
      }),
    );

const purge = (): Command =>
  new Command('purge')
    .description(
      'Remove what no branch or tag of a repository and its wiki leads to, at once and for good: a secret that was pushed, after its branch was rewritten or deleted.',
    )
    .argument('<repository>', 'WORKSPACE/NAME')
    .action(async (name: string, options: Record<string, unknown>) => {
      const target = [{ type: 'repository', ...repositoryNamed(name) }] as const;
      await inMaintenanceTurn(settingsOf(options), async (services, signal) => {
        const [{ id }] = (await enterAsOperator(services, 'repository.prune', target)).targets;
        const inspect = await enterAsOperator(services, 'host.inspect', [{ type: 'host' }]);
        for (const { data } of (await everythingKept(services, inspect)).filter((kept) => kept.id === id)) {
          const { before, after, lfs } = await (data === 'wiki'
            ? prune(services, await enterAsOperator(services, 'wiki.prune', target), signal)
            : prune(services, await enterAsOperator(services, 'repository.prune', target), signal));
          const what = data === 'wiki' ? `the wiki of ${name}` : name;
          print(`Purged ${what}: ${shapeInWords(before)} before, ${shapeInWords(after)} now.`);
          if (lfs.files > 0)
            print(
              `Removed ${lfs.files} ${lfs.files === 1 ? 'file' : 'files'} of Git LFS, ${lfs.bytes} bytes.`,
            );
          if (lfs.spared > 0)
            print(
              `Left ${lfs.spared} of Git LFS that came, or were asked about, within an hour: the push to which they belong may be on its way. Run it again later.`,
            );
        }
      });
    });
