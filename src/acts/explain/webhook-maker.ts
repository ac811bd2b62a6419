import { examine, examinePerson } from '../../entry/examine.ts';
import type { Services } from '../../services.ts';
import type { Webhook } from '../../webhooks/index.ts';

/**
 * Why nothing may be told to a webhook now, in a sentence; null where it may. It tells what whoever set it up may have told
 * to themselves at this moment: what made it is asked again, whether it could make it now.
 */
export async function whatSilences(
  services: Services,
  { maker, repositoryId }: Pick<Webhook, 'maker' | 'repositoryId'>,
): Promise<string | null> {
  const now = services.clock();
  const question = {
    operation: 'webhook.change',
    targets: [
      { type: 'account', account: `{${maker.accountId}}` },
      { type: 'repository', workspace: '{}', repository: `{${repositoryId}}` },
    ],
  } as const;
  if (maker.credentialId === null) {
    const verdict = await examinePerson(services, maker.accountId, question, now);
    return verdict?.allowed === true
      ? null
      : 'Whoever set this webhook up is disabled, or is no longer admin of this repository.';
  }
  const { credentialId } = maker;
  const examined = await examine(services, { credentialId, questions: [question], address: null, now });
  if (examined === undefined || examined.ended !== null)
    return `The credential with which this webhook was set up (${credentialId}) has ended, or is paused.`;
  return examined.answers[0]?.verdict.allowed === true
    ? null
    : `The credential with which this webhook was set up (${credentialId}) could not set it up any more.`;
}
