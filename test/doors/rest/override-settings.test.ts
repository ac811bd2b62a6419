import { beforeAll, expect, it } from 'vitest';
import { openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;
const URL = '/2.0/repositories/team/app/override-settings';
const INHERITS = {
  type: 'repository_inheritance_state',
  default_merge_strategy: true,
  branching_model: true,
};

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository:admin');
});

const put = (body: object | string, who = jane) =>
  rest.call(URL, who, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

it('a repository overrides nothing, and what was read may be written', async () => {
  const { status, json } = await rest.call(URL, jane);
  expect([status, json]).toEqual([200, INHERITS]);
  expect((await rest.call(`${URL}?fields=branching_model`, jane)).json).toEqual({ branching_model: true });
  for (const body of [INHERITS, {}, { branching_model: true }, { default_merge_strategy: null }]) {
    const written = await put(body);
    expect([written.status, written.body]).toEqual([204, '']);
  }
});

it('nothing can be overridden, and that is said in a sentence', async () => {
  for (const setting of ['branching_model', 'default_merge_strategy']) {
    const { status, json } = await put({ ...INHERITS, [setting]: false });
    expect(status).toBe(400);
    const sentence = `This host has neither merge strategies nor branching models, so there is nothing to override: ${setting} can only be true.`;
    expect(json.error.fields).toEqual({ [setting]: [sentence] });
  }
  expect((await put('[]')).status).toBe(400);
  expect((await put({ branching_model: 'x' })).status).toBe(400);
});

it('it is for the scope repository:admin, of whoever administers', async () => {
  expect((await rest.call(URL)).status).toBe(401);
  for (const who of [
    await rest.basic('jane', 'repository:write'),
    await rest.basic('rob', 'repository:admin'),
  ]) {
    expect((await rest.call(URL, who)).status).toBe(403);
    expect((await put(INHERITS, who)).status).toBe(403);
  }
  const eve = await rest.basic('eve', 'repository:admin');
  const missing = await rest.call('/2.0/repositories/team/none/override-settings', eve);
  const hidden = await rest.call(URL, eve);
  expect([hidden.status, hidden.body]).toEqual([404, missing.body]);
});
