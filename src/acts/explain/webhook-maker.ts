import { examine, examinePerson } from '../../entry/examine.ts';
import type { Services } from '../../services.ts';
import { tellsOfPullRequests, type Webhook } from '../../webhooks/index.ts';

/**
 * Why nothing may be told to a webhook now, in a sentence; null where it may. It tells what whoever set it up may have told
 * to themselves at this moment: what made it is asked again, whether it could make it now, and whether it reads what is told.
 *
 * @param event what is to be told; left out, it is asked whether anything may be
 */
export async function whatSilences(
  services: Services,
  { maker, repositoryId }: Pick<Webhook, 'maker' | 'repositoryId'>,
  event?: string,
): Promise<string | null> {
  const now = services.clock();
  const repository = { type: 'repository', workspace: '{}', repository: `{${repositoryId}}` } as const;
  const question = {
    operation: 'webhook.change',
    targets: [{ type: 'account', account: `{${maker.accountId}}` }, repository],
  } as const;
  const reading = { operation: 'pull_request.read', targets: [repository] } as const;
  if (maker.credentialId === null) {
    const verdict = await examinePerson(services, maker.accountId, question, now);
    return verdict?.allowed === true
      ? null
      : 'Whoever set this webhook up is disabled, or is no longer admin of this repository.';
  }
  const { credentialId } = maker;
  // Whoever is admin on the pages reads pull requests there; what a credential opens is said by its scopes.
  const questions = tellsOfPullRequests(event === undefined ? [] : [event])
    ? [question, reading]
    : [question];
  const examined = await examine(services, { credentialId, questions, address: null, now });
  if (examined === undefined || examined.ended !== null)
    return `The credential with which this webhook was set up (${credentialId}) has ended, or is paused.`;
  const [change, read] = examined.answers.map(({ verdict }) => verdict.allowed);
  if (change !== true)
    return `The credential with which this webhook was set up (${credentialId}) could not set it up any more.`;
  return read === false
    ? `The credential with which this webhook was set up (${credentialId}) may not read pull requests.`
    : null;
}
