import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { changeRepository, type RepositoryChanges } from '../../src/acts/repositories/change.ts';
import { revokeCredentials } from '../../src/credentials/index.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { createRepository } from '../../src/git/create.ts';
import { createProject } from '../../src/hosting/index.ts';
import { commitFiles, gitOk, newRepository } from '../support/git.ts';
import { at, basic, openHost, type TestHost } from './host.ts';
import { meanwhile } from './meanwhile.ts';

let host: TestHost;
let workspaceId: string;
let local: string;
let count = 0;
let slug: string;
let folder: string;

beforeAll(async () => {
  host = await openHost();
  await host.person('ada');
  workspaceId = await host.workspace('acme', 'ada');
  await host.repository(workspaceId, 'taken');
  local = await newRepository('change-repository');
  await commitFiles(local, { 'a.txt': 'a' });
});

beforeEach(async () => {
  slug = `app-${++count}`;
  const id = await host.repository(workspaceId, slug);
  folder = host.services.storage.pathOf(id, 'repository');
  await createRepository(folder);
  await gitOk(['push', '--quiet', folder, 'HEAD:refs/heads/main', 'HEAD:refs/heads/next'], { cwd: local });
  await gitOk(['--git-dir', folder, 'symbolic-ref', 'HEAD', 'refs/heads/main']);
});

const save = async (input: RepositoryChanges) => {
  const grant = await enterAsOperator(host.services, 'repository.update', [at(`acme/${slug}`)]);
  return changeRepository(host.services, grant, input);
};
const state = async () => ({
  head: await gitOk(['--git-dir', folder, 'symbolic-ref', 'HEAD']),
  rows: await host.services.database.selectFrom('repository').selectAll().execute(),
  audit: await host.services.database.selectFrom('audit').selectAll().execute(),
});

it('changes the main branch together with the rest', async () => {
  expect(await save({ description: 'Second', mainBranch: 'next' })).toMatchObject({ description: 'Second' });
  expect((await state()).head).toContain('refs/heads/next');
});

it('changes nothing where the main branch cannot be changed', async () => {
  const before = await state();
  const lock = join(folder, 'HEAD.lock');
  writeFileSync(lock, '');
  await expect(save({ description: 'Second', isPrivate: false, mainBranch: 'next' })).rejects.toThrow();
  rmSync(lock);
  expect(await state()).toEqual(before);
});

it('leaves the main branch that somebody else named meanwhile, where the rest cannot be changed', async () => {
  await gitOk(['--git-dir', folder, 'branch', 'third', 'main']);
  const grant = await enterAsOperator(host.services, 'repository.update', [at(`acme/${slug}`)]);
  const late = meanwhile(host.services, () => save({ mainBranch: 'third' }));
  await expect(changeRepository(late, grant, { slug: 'taken', mainBranch: 'next' })).rejects.toThrow();
  expect((await state()).head).toContain('refs/heads/third');
});

it('moves no main branch for whoever may not any more', async () => {
  const { id, secret } = await host.appPassword('ada', ['repository:admin']);
  const grant = await host.enter('repository.update', at(`acme/${slug}`), basic('ada', secret));
  await revokeCredentials(host.services.database, { id }, null, host.now);
  let moved = '';
  const late = meanwhile(host.services, async () => {
    ({ head: moved } = await state());
  });
  await expect(changeRepository(late, grant, { mainBranch: 'next' })).rejects.toMatchObject({
    name: 'Refused',
  });
  expect(moved).toBe('');
  expect((await state()).head).toContain('refs/heads/main');
});

it('leaves the main branch where the rest cannot be changed', async () => {
  const before = await state();
  await expect(save({ slug: 'taken', mainBranch: 'next' })).rejects.toMatchObject({ code: 'taken' });
  const grant = await enterAsOperator(host.services, 'repository.move', [
    at(`acme/${slug}`),
    { type: 'workspace', workspace: 'acme' },
  ]);
  await expect(save({ move: { grant, project: 'NONE' }, mainBranch: 'next' })).rejects.toMatchObject({
    code: 'invalid',
  });
  expect(await state()).toEqual(before);
});

it('asks nothing of Git for the main branch that it has', async () => {
  writeFileSync(join(folder, 'HEAD.lock'), '');
  expect(await save({ description: 'Second', mainBranch: 'main' })).toMatchObject({ description: 'Second' });
});

it('is told in the audit as it was and as it is, and what stays is not', async () => {
  const { database } = host.services;
  const other = { key: 'OTHER', name: 'Other', description: '' };
  await createProject(database, workspaceId, other, host.now);
  const grant = await enterAsOperator(host.services, 'repository.move', [
    at(`acme/${slug}`),
    { type: 'workspace', workspace: 'acme' },
  ]);
  await save({
    name: 'Renamed',
    slug: `renamed-${slug}`,
    description: 'Second',
    isPrivate: false,
    hasWiki: true,
    website: '',
    move: { grant, project: 'other' },
    mainBranch: 'next',
  });
  const { audit } = await state();
  expect(JSON.parse(audit.at(-1)?.detail ?? '')).toEqual({
    name: [slug, 'Renamed'],
    slug: [slug, `renamed-${slug}`],
    description: true,
    visibility: ['private', 'public'],
    project: ['MAIN', 'OTHER'],
    mainBranch: ['refs/heads/main', 'refs/heads/next'],
  });
});
