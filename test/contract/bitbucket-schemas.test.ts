import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, test } from 'vitest';
import { addAccessKey, addProjectAccessKey } from '../../src/acts/keys/access-keys.ts';
import { addSshKey } from '../../src/acts/keys/ssh-keys.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { basicHeader, openRest, PUBLIC_URL, type RestHost } from '../doors/rest/rest-host.ts';
import { newPublicKey } from '../support/public-key.ts';
import { projectRoot } from '../support/run.ts';

/**
 * Holds our answers against Bitbucket Cloud's own OpenAPI document. It is not ours to hand out, so it is taken from
 * where LATCHKEY_BITBUCKET_OPENAPI says, or from a folder beside the checkout; without it these tests are skipped.
 */
const path =
  process.env['LATCHKEY_BITBUCKET_OPENAPI'] ??
  globSync('../*/reference/data/bitbucket-openapi.json', { cwd: projectRoot }).map((found) =>
    join(projectRoot, found),
  )[0];

if (path === undefined) {
  process.stderr.write(
    'The contract tests are skipped: set LATCHKEY_BITBUCKET_OPENAPI to the OpenAPI 3 document of Bitbucket Cloud.\n',
  );
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { responses: Readonly<Record<string, { content?: Record<string, unknown> }>> }>>
    >
  >;
}

/** Where recorded answers and the document differ, the recorded answer wins: the place in an answer, and why. */
const EXCEPTIONS: readonly {
  readonly at: RegExp;
  readonly unlisted?: readonly string[];
  readonly why: string;
}[] = [
  { at: /\/has_2fa_enabled$/, why: 'recorded as null where it is not visible; the document says boolean' },
  { at: /\/attributes$/, why: 'recorded as a list; the document says one string' },
  { at: /\/(?:tagger|message|date)$/, why: 'recorded as null for a lightweight tag' },
  { at: /^\/values\/\d+\/(?:old|new)$/, why: 'recorded as null for what was added and what was removed' },
  { at: /\/refname$/, why: 'recorded as null where nobody gave one' },
  { at: /\/value$/, why: 'null where the kind of a branch restriction has no number' },
  {
    at: /\/(?:last_used|expires_on)$/,
    why: 'null in its own examples for what has not been used and does not expire',
  },
  { at: /\/parent$/, why: 'recorded as null for what is no fork' },
  { at: /\/mainbranch$/, why: 'recorded as null for an empty repository' },
  { at: /\/error\/detail$/, why: 'recorded as an object where scopes are missing' },
  { at: /\/error$/, unlisted: ['fields'], why: 'recorded beside message and detail' },
  {
    at: /\/(?:summary|content|rendered\/(?:message|title|description|reason))$/,
    unlisted: ['type'],
    why: 'recorded as "rendered"',
  },
  {
    at: /\/(?:merge_commit|closed_by)$/,
    why: 'recorded as null of a pull request that is open',
  },
  {
    at: /\/participants\/\d+\/(?:state|participated_on)$|^\/(?:state|participated_on)$/,
    why: 'recorded as null of who has not reviewed',
  },
  { at: /\/inline\/(?:from|to)$/, why: 'recorded as null where the line is of the other side' },
  {
    at: /\/(?:source|destination)\/commit$|\/merge_commit$/,
    unlisted: ['type', 'links'],
    why: 'recorded as a whole reference to a commit',
  },
  { at: /\/resolved_(?:on|by)$/, why: 'null of a task that is still to be done' },
  {
    at: /\/links$/,
    unlisted: ['branches', 'tags', 'source'],
    why: 'recorded among the links of a repository',
  },
  {
    at: /\/links$/,
    unlisted: ['request-changes', 'statuses'],
    why: 'recorded among the links of a pull request',
  },
  {
    at: /(?:^|\/project|\/values\/\d+)\/links$/,
    unlisted: ['self', 'repositories'],
    why: 'of a project: self stands in its own examples of access keys, and clients follow repositories',
  },
];

/** What a task has: in the document it is made of three parts, of which each rules out what stands in the others. */
const OF_TASKS =
  /"additionalProperty":"(?:id|state|content|creator|created_on|updated_on|resolved_on|resolved_by|pending|comment|links)"}$/;

function covers(
  { at, unlisted }: (typeof EXCEPTIONS)[number],
  { instancePath, keyword, params }: ErrorObject,
): boolean {
  if (!at.test(instancePath)) return false;
  if (unlisted === undefined) return keyword !== 'additionalProperties';
  return keyword === 'additionalProperties' && unlisted.includes(String(params['additionalProperty']));
}

/** One answer for each path and method of the document that is served. */
const CASES: readonly { readonly documented: string; readonly asked: string }[] = [
  { documented: '/user', asked: '/2.0/user' },
  { documented: '/user/workspaces', asked: '/2.0/user/workspaces' },
  { documented: '/workspaces/{workspace}', asked: '/2.0/workspaces/team' },
  { documented: '/workspaces/{workspace}/members', asked: '/2.0/workspaces/team/members' },
  { documented: '/workspaces/{workspace}/projects', asked: '/2.0/workspaces/team/projects' },
  {
    documented: '/workspaces/{workspace}/projects/{project_key}',
    asked: '/2.0/workspaces/team/projects/MAIN',
  },
  { documented: '/users/{selected_user}', asked: '/2.0/users/{jane}' },
  { documented: '/repositories/{workspace}', asked: '/2.0/repositories/team' },
  { documented: '/repositories/{workspace}/{repo_slug}', asked: '/2.0/repositories/team/app' },
  { documented: '/repositories/{workspace}/{repo_slug}', asked: '/2.0/repositories/team/empty' },
  {
    documented: '/repositories/{workspace}/{repo_slug}/override-settings',
    asked: '/2.0/repositories/team/app/override-settings',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/commits',
    asked: '/2.0/repositories/team/app/commits?pagelen=2',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/commits/{revision}',
    asked: '/2.0/repositories/team/app/commits/main',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/commit/{commit}',
    asked: '/2.0/repositories/team/app/commit/main',
  },
  { documented: '/repositories/{workspace}/{repo_slug}/refs', asked: '/2.0/repositories/team/app/refs' },
  {
    documented: '/repositories/{workspace}/{repo_slug}/refs/branches',
    asked: '/2.0/repositories/team/app/refs/branches',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/refs/branches/{name}',
    asked: '/2.0/repositories/team/app/refs/branches/feature/x',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/refs/tags',
    asked: '/2.0/repositories/team/app/refs/tags',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/refs/tags/{name}',
    asked: '/2.0/repositories/team/app/refs/tags/v1.0',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/src/{commit}/{path}',
    asked: '/2.0/repositories/team/app/src/main/',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/diffstat/{spec}',
    asked: '/2.0/repositories/team/app/diffstat/feature/x..main',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/merge-base/{revspec}',
    asked: '/2.0/repositories/team/app/merge-base/feature/x..main',
  },
  {
    documented: '/repositories/{workspace}/{repo_slug}/filehistory/{commit}/{path}',
    asked: '/2.0/repositories/team/app/filehistory/main/docs/guide/intro.md',
  },
];

describe.skipIf(path === undefined)('the contract with Bitbucket Cloud’s OpenAPI', () => {
  let rest: RestHost;
  let jane: string;
  let document: Document;
  let schemaOf: (documented: string, method: string, status: string) => ValidateFunction;

  beforeAll(async () => {
    rest = await openRest();
    jane = await rest.basic('jane', 'account', 'email', 'project', 'repository', 'repository:admin');
    document = JSON.parse(readFileSync(path ?? '', 'utf8')) as Document;
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    addFormats.default(ajv);
    ajv.addSchema(document, 'bitbucket');
    schemaOf = (documented, method, status) => {
      const found = document.paths[documented]?.[method]?.responses[status]?.content?.['application/json'];
      if (found === undefined)
        throw new Error(`The document has no answer ${status} for ${method} ${documented}.`);
      const place = `bitbucket#/paths/${documented.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}/responses/${status}/content/application~1json/schema`;
      return ajv.compile({ $ref: place });
    };
  });

  /** What the document objects to, without the exceptions. */
  const objections = (validate: ValidateFunction, answer: unknown): string[] => {
    if (validate(answer) === true) return [];
    const errors: ErrorObject[] = validate.errors ?? [];
    return errors
      .filter((error) => !EXCEPTIONS.some((exception) => covers(exception, error)))
      .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  };

  test.each(CASES)('GET $asked', async ({ documented, asked }) => {
    const { status, json } = await rest.call(asked.replace('{jane}', `{${rest.people.jane.id}}`), jane);
    expect(status).toBe(200);
    expect(objections(schemaOf(documented, 'get', '200'), json)).toEqual([]);
  });

  test('POST and PUT of a repository', async () => {
    const documented = '/repositories/{workspace}/{repo_slug}';
    const made = await rest.call('/2.0/repositories/team/contract', jane, { method: 'POST', body: {} });
    expect(objections(schemaOf(documented, 'post', '200'), made.json)).toEqual([]);
    const changed = await rest.call('/2.0/repositories/team/contract', jane, { method: 'PUT', body: {} });
    expect(objections(schemaOf(documented, 'put', '200'), changed.json)).toEqual([]);
  });

  test('branch restrictions, made, changed, read and listed', async () => {
    const many = '/repositories/{workspace}/{repo_slug}/branch-restrictions';
    const asked = '/2.0/repositories/team/app/branch-restrictions';
    const body = { kind: 'push', pattern: 'main', users: [{ uuid: `{${rest.people.jane.id}}` }], groups: [] };
    const made = await rest.call(asked, jane, { method: 'POST', body });
    expect(objections(schemaOf(many, 'post', '201'), made.json)).toEqual([]);
    const own = `${asked}/${made.json.id}`;
    const changed = await rest.call(own, jane, { method: 'PUT', body: { pattern: 'release/*' } });
    expect(objections(schemaOf(`${many}/{id}`, 'put', '200'), changed.json)).toEqual([]);
    const read = await rest.call(own, jane);
    expect(objections(schemaOf(`${many}/{id}`, 'get', '200'), read.json)).toEqual([]);
    expect(objections(schemaOf(many, 'get', '200'), (await rest.call(asked, jane)).json)).toEqual([]);
    expect((await rest.call(own, jane, { method: 'DELETE' })).status).toBe(204);
  });

  test('build statuses, written, changed, read and listed', async () => {
    const many = '/repositories/{workspace}/{repo_slug}/commit/{commit}/statuses';
    const asked = `/2.0/repositories/team/app/commit/${await rest.git.app.id('main')}/statuses`;
    const body = { key: 'ci/test', state: 'INPROGRESS', url: 'https://ci.example.org/1' };
    const made = await rest.call(`${asked}/build`, jane, { method: 'POST', body });
    expect(made.status).toBe(201);
    expect(objections(schemaOf(`${many}/build`, 'post', '201'), made.json)).toEqual([]);
    const own = made.json.links.self.href.replace(PUBLIC_URL, '');
    const change = { state: 'SUCCESSFUL', refname: 'main' };
    const changed = await rest.call(own, jane, { method: 'PUT', body: change });
    expect(changed.json).toMatchObject(change);
    expect(objections(schemaOf(`${many}/build/{key}`, 'put', '200'), changed.json)).toEqual([]);
    const read = await rest.call(own, jane);
    expect(objections(schemaOf(`${many}/build/{key}`, 'get', '200'), read.json)).toEqual([]);
    const listed = await rest.call(asked, jane);
    expect(listed.json.values).toHaveLength(1);
    expect(objections(schemaOf(many, 'get', '200'), listed.json)).toEqual([]);
    const missing = await rest.call(`${asked}/build/none`, jane);
    expect(objections(schemaOf(`${many}/build/{key}`, 'get', '404'), missing.json)).toEqual([]);
  });

  test('pull requests, made, changed, reviewed, declined, read and listed', async () => {
    const many = '/repositories/{workspace}/{repo_slug}/pullrequests';
    const asked = '/2.0/repositories/team/app/pullrequests';
    const who = await rest.basic('jane', 'pullrequest:write', 'repository:admin');
    const hold = async (
      schema: readonly [path: string, method: 'get' | 'post' | 'put', status: string],
      url: string,
      body?: object,
    ) => {
      const [path, method, status] = schema;
      const sent = { method: method.toUpperCase() as 'GET', ...(body !== undefined && { body }) };
      const answer = await rest.call(url, who, sent);
      expect([answer.status, objections(schemaOf(path, method, status), answer.json)], url).toEqual([
        Number(status),
        [],
      ]);
      return answer.json;
    };
    const reviewer = `{${rest.people.rob.id}}`;
    const made = await hold([many, 'post', '201'], asked, {
      title: 'Look',
      source: { branch: { name: 'feature/x' } },
      reviewers: [{ uuid: reviewer }],
    });
    const one = `${many}/{pull_request_id}`;
    const own = `${asked}/${made.id}`;
    await hold([one, 'put', '200'], own, { description: 'Closer' });
    await hold([`${one}/approve`, 'post', '200'], `${own}/approve`);
    await hold([`${one}/request-changes`, 'post', '200'], `${own}/request-changes`);
    await hold([`${one}/statuses`, 'get', '200'], `${own}/statuses`);
    await hold([one, 'get', '200'], own);
    await hold([many, 'get', '200'], `${asked}?fields=%2Bvalues.reviewers,%2Bvalues.participants`);
    await hold(
      ['/repositories/{workspace}/{repo_slug}/commit/{commit}/pullrequests', 'get', '200'],
      '/2.0/repositories/team/app/commit/feature%2Fx/pullrequests',
    );
    await hold([`${one}/decline`, 'post', '200'], `${own}/decline`);
    const reviewers = '/repositories/{workspace}/{repo_slug}/default-reviewers';
    await hold(
      [`${reviewers}/{target_username}`, 'put', '200'],
      `/2.0/repositories/team/app/default-reviewers/${encodeURIComponent(reviewer)}`,
    );
    await hold([reviewers, 'get', '200'], '/2.0/repositories/team/app/default-reviewers');
    await hold(
      ['/repositories/{workspace}/{repo_slug}/effective-default-reviewers', 'get', '200'],
      '/2.0/repositories/team/app/effective-default-reviewers',
    );
  });

  test('comments on pull requests and their tasks, made, changed, read and listed', async () => {
    const of = '/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}';
    const who = await rest.basic('jane', 'pullrequest:write');
    const source = { title: 'Commented', source: { branch: { name: 'feature/x' } } };
    const proposed = await rest.call('/2.0/repositories/team/app/pullrequests', who, {
      method: 'POST',
      body: source,
    });
    const asked = proposed.json.links.self.href.replace(PUBLIC_URL, '');
    const post = (below: string, body: object) =>
      rest.call(`${asked}/${below}`, who, { method: 'POST', body });
    const put = (below: string, body: object) => rest.call(`${asked}/${below}`, who, { method: 'PUT', body });

    const inline = { path: 'x.txt', to: 1 };
    const made = await post('comments', { content: { raw: 'Why?' }, inline });
    expect(made.status).toBe(201);
    expect(objections(schemaOf(`${of}/comments`, 'post', '201'), made.json)).toEqual([]);
    const one = `comments/${made.json.id}`;
    await post('comments', { content: { raw: 'So.' }, parent: { id: made.json.id } });
    const changed = await put(one, { content: { raw: 'Why so?' } });
    expect(objections(schemaOf(`${of}/comments/{comment_id}`, 'put', '200'), changed.json)).toEqual([]);
    const resolved = await post(`${one}/resolve`, {});
    expect(objections(schemaOf(`${of}/comments/{comment_id}/resolve`, 'post', '200'), resolved.json)).toEqual(
      [],
    );
    const read = await rest.call(`${asked}/${one}`, who);
    expect(read.json).toHaveProperty('resolution');
    expect(objections(schemaOf(`${of}/comments/{comment_id}`, 'get', '200'), read.json)).toEqual([]);
    const comments = await rest.call(`${asked}/comments`, who);
    expect(comments.json.values).toHaveLength(2);
    expect(objections(schemaOf(`${of}/comments`, 'get', '200'), comments.json)).toEqual([]);

    const objected = (validate: ValidateFunction, answer: unknown) =>
      objections(validate, answer).filter((line) => !OF_TASKS.test(line));
    const task = await post('tasks', { content: { raw: 'Do it' }, comment: { id: made.json.id } });
    expect(task.status).toBe(201);
    expect(objected(schemaOf(`${of}/tasks`, 'post', '201'), task.json)).toEqual([]);
    const done = await put(`tasks/${task.json.id}`, { state: 'RESOLVED' });
    expect(objected(schemaOf(`${of}/tasks/{task_id}`, 'put', '200'), done.json)).toEqual([]);
    const seen = await rest.call(`${asked}/tasks/${task.json.id}`, who);
    expect(objected(schemaOf(`${of}/tasks/{task_id}`, 'get', '200'), seen.json)).toEqual([]);
    const tasks = await rest.call(`${asked}/tasks`, who);
    expect(objected(schemaOf(`${of}/tasks`, 'get', '200'), tasks.json)).toEqual([]);
    const missing = await rest.call(`${asked}/tasks/${task.json.id + 1}`, who);
    expect(objections(schemaOf(`${of}/tasks/{task_id}`, 'get', '404'), missing.json)).toEqual([]);
  });

  test('webhooks, made, changed, read and listed, and their events', async () => {
    const many = '/repositories/{workspace}/{repo_slug}/hooks';
    const asked = '/2.0/repositories/team/app/hooks';
    const scopes = ['read:repository:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket'];
    const who = basicHeader('jane', (await rest.host.apiToken('jane', scopes)).secret);
    const body = { description: 'CI', url: 'https://ci.example.org/', events: ['repo:push'], secret: 's' };
    const made = await rest.call(asked, who, { method: 'POST', body });
    expect(made.status).toBe(201);
    expect(objections(schemaOf(many, 'post', '201'), made.json)).toEqual([]);
    const own = made.json.links.self.href.replace(PUBLIC_URL, '');
    const changed = await rest.call(own, who, { method: 'PUT', body: { active: false } });
    expect(objections(schemaOf(`${many}/{uid}`, 'put', '200'), changed.json)).toEqual([]);
    const read = await rest.call(own, who);
    expect(objections(schemaOf(`${many}/{uid}`, 'get', '200'), read.json)).toEqual([]);
    expect(objections(schemaOf(many, 'get', '200'), (await rest.call(asked, who)).json)).toEqual([]);
    const events = await rest.call('/2.0/hook_events/repository?pagelen=100');
    expect(objections(schemaOf('/hook_events/{subject_type}', 'get', '200'), events.json)).toEqual([]);
    const subjects = await rest.call('/2.0/hook_events');
    expect(objections(schemaOf('/hook_events', 'get', '200'), subjects.json)).toEqual([]);
  });

  test('SSH keys and access keys, read and listed', async () => {
    const { services } = rest.host;
    const key = () => ({ publicKey: newPublicKey().line, label: 'to look at', role: 'read' }) as const;
    const ofJane = [{ type: 'account', account: 'jane' }] as const;
    await addSshKey(services, await enterAsOperator(services, 'ssh_key.add', ofJane), key());
    const app = [{ type: 'repository', workspace: 'team', repository: 'app' }] as const;
    await addAccessKey(services, await enterAsOperator(services, 'access_key.add', app), key());
    const team = [{ type: 'workspace', workspace: 'team' }] as const;
    const ofTeam = await enterAsOperator(services, 'project_access_key.add', team);
    await addProjectAccessKey(services, ofTeam, 'MAIN', key());
    const keys = await rest.basic(
      'jane',
      'account',
      'repository',
      'repository:admin',
      'project',
      'project:admin',
    );
    for (const [documented, asked] of [
      ['/users/{selected_user}/ssh-keys', '/2.0/users/jane/ssh-keys'],
      ['/repositories/{workspace}/{repo_slug}/deploy-keys', '/2.0/repositories/team/app/deploy-keys'],
      [
        '/workspaces/{workspace}/projects/{project_key}/deploy-keys',
        '/2.0/workspaces/team/projects/MAIN/deploy-keys',
      ],
    ] as const) {
      const many = await rest.call(asked, keys);
      expect(objections(schemaOf(documented, 'get', '200'), many.json)).toEqual([]);
      expect(many.json.values).toHaveLength(1);
      const one = await rest.call(many.json.values[0].links.self.href.replace(PUBLIC_URL, ''), keys);
      expect(objections(schemaOf(`${documented}/{key_id}`, 'get', '200'), one.json)).toEqual([]);
    }
  });

  test('errors', async () => {
    const documented = '/repositories/{workspace}/{repo_slug}';
    const missing = await rest.call('/2.0/repositories/team/none', jane);
    expect(objections(schemaOf(documented, 'get', '404'), missing.json)).toEqual([]);
    const narrow = await rest.basic('jane', 'email');
    const refused = await rest.call('/2.0/repositories/team/app', narrow);
    expect(objections(schemaOf(documented, 'get', '403'), refused.json)).toEqual([]);
  });
});
