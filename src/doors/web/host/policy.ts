import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeHostPolicy, viewHostPolicy } from '../../../acts/host/policy.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';

/** What the host asks of everybody, for its administrators. */
export async function hostPolicyPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const policy = pageRoute('host.policy', toHost);

  const show = async (request: FastifyRequest, reply: FastifyReply, typed?: boolean, problem?: Problem) => {
    const { requiresTwoStep } = await viewHostPolicy(services, grantOf(request, 'host.policy'));
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'What this host asks',
        body: html`${pageHead({ title: 'What this host asks of everybody' })}${form({
          action: places.hostPolicy,
          error: errorAbove(problem, ['requires_two_step']),
          fields: [
            {
              kind: 'checkbox',
              name: 'requires_two_step',
              label: 'Require two-step verification of everybody',
              help: 'Who has it not may sign in and set it up, and nothing else; their app passwords, API tokens and SSH keys are refused until then. Access tokens of repositories, projects and workspaces go on working.',
              checked: typed ?? requiresTwoStep,
              error: errorIn(problem, 'requires_two_step'),
            },
          ],
          submit: { label: 'Save', cancelHref: places.users },
        })}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(places.hostPolicy, policy, async (request, reply) => show(request, reply));

  app.post(places.hostPolicy, policy, async (request, reply) => {
    const requiresTwoStep = formOf(request).ticked('requires_two_step');
    return orShowAgain(
      async () => {
        await changeHostPolicy(services, grantOf(request, 'host.policy'), { requiresTwoStep });
        return redirectTo(services, request, reply, places.hostPolicy, 'host-policy-changed');
      },
      (problem) => show(request, reply, requiresTwoStep, problem),
    );
  });
}
