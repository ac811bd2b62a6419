import { examine } from '../../entry/examine.ts';
import type { CredentialPrincipal } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { operationsOn, repositoryNamed } from './questions.ts';

/**
 * The id of a repository by its name, `WORKSPACE/NAME`, where a credential may do anything at all there now, used from that
 * address; undefined everywhere else, whether there is such a repository or not. Throws `Problem` for what is no name of one.
 */
export async function reachedRepository(
  services: Services,
  { credentialId, kind }: Pick<CredentialPrincipal, 'credentialId' | 'kind'>,
  address: string | null,
  name: string,
): Promise<string | undefined> {
  const targets = [repositoryNamed(name)];
  const questions = operationsOn(kind).map((operation) => ({ operation, targets }));
  const now = services.clock();
  const examination = await examine(services, { credentialId, questions, address, now });
  const opened = examination?.answers.find(({ verdict }) => verdict.allowed)?.question.targets[0];
  return opened?.type === 'repository' ? opened.id : undefined;
}
