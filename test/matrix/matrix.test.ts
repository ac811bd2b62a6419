import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GRANULAR_SCOPE_NAMES, SCOPE_NAMES } from '../../src/gate/index.ts';
import { projectRoot } from '../support/run.ts';
import { GRANULAR_SCOPES, SCOPES } from './callers.ts';
import { everyCell, pairedCells } from './cells.ts';
import { planOf } from './plan.ts';
import { conformancePage } from './report.ts';
import { rowProblems, ROWS } from './routes.ts';
import { runPlan } from './run.ts';
import { sharedTemplate } from './shared-template.ts';
import type { Template } from './world.ts';

let template: Template;

beforeAll(async () => {
  template = await sharedTemplate();
}, 150_000);

describe('the conformance matrix', () => {
  it('has a row for every route that is served, and a route for every row', async () => {
    const world = await template.copy();
    expect(rowProblems(world.routes)).toEqual([]);
    const [route] = world.routes;
    await world.close();
    // T6: a sibling that is added to a family of routes is not served before it has a row of its own.
    const sibling = { method: 'GET', url: '/:workspace/:repository/commits.atom' };
    expect(rowProblems([...world.routes, sibling])).toEqual([
      'GET /:workspace/:repository/commits.atom is served and has no row in test/matrix/routes.ts.',
    ]);
    expect(rowProblems(world.routes.slice(1))).toEqual([
      `${route?.method} ${route?.url} has a row and is not served.`,
    ]);
  });

  it('knows every scope', () => {
    expect([...SCOPES].toSorted()).toEqual([...SCOPE_NAMES].toSorted());
    expect(GRANULAR_SCOPES.toSorted()).toEqual([...GRANULAR_SCOPE_NAMES].toSorted());
  });

  it('comes out as the oracle says, in so many cells that each pair of values occurs', async () => {
    const plan = planOf(pairedCells(everyCell()));
    expect(plan.cells).toBeGreaterThan(10_000);
    expect(new Set(plan.refused.map(({ cell }) => cell.row)).size).toBeGreaterThan(ROWS.length * 0.9);
    expect(await runPlan(template, plan)).toEqual([]);
  }, 600_000);

  it('is published with the counts of the full run (if not: npm run matrix)', () => {
    const published = readFileSync(join(projectRoot, 'docs/conformance.md'), 'utf8');
    expect(published).toBe(conformancePage(planOf(everyCell())));
  });
});
