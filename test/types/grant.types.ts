/**
 * What must not compile. Each `@ts-expect-error` fails the type check as soon as the line below it compiles; nothing in
 * this file ever runs.
 */
import type { Examination } from '../../src/entry/index.ts';
import { openForReading, openForWriting } from '../../src/git/open.ts';
import type { RepositoryStorage } from '../../src/git/storage.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { deleteRepository } from '../../src/acts/repositories/remove.ts';
import { evaluate, Grant, type OperationName, type Question, type Verdict } from '../../src/gate/index.ts';
import { Facts, mintGrant, Principal } from '../../src/gate/sealed.ts';
import type { Services } from '../../src/services.ts';

declare const storage: RepositoryStorage;
declare const services: Services;
declare const question: Question;
declare const verdict: Verdict;
declare const fetching: Grant<'repository.fetch'>;
declare const pushing: Grant<'repository.push'>;
declare const viewing: Grant<'repository.view'>;
declare const deleting: Grant<'repository.delete'>;
declare const anything: Grant<OperationName>;
declare const fetchingOrPushing: Grant<'repository.fetch' | 'repository.push'>;
declare const unsealed: { readonly data: Question['principal'] };
declare const unread: { readonly targets: Question['targets'] };
declare const principal: Principal;
declare const facts: Facts;
const token = { name: 'ci', scopes: ['repository'], expiresAt: null };

// What is meant to compile, so that the refusals below are for their reason alone.
void openForReading(storage, fetching);
void openForReading(storage, pushing);
void openForWriting(storage, pushing);
void deleteRepository(services, deleting);

// @ts-expect-error no grant
void openForReading(storage);
// @ts-expect-error nothing where a grant is asked
void openForReading(storage, undefined);
// @ts-expect-error the wrong operation: to see a repository is not to read its data
void openForReading(storage, viewing);
// @ts-expect-error the weaker operation: a read grant where a push grant is asked
void openForWriting(storage, fetching);
// @ts-expect-error another family: a push is no deletion
void deleteRepository(services, pushing);
// @ts-expect-error made by hand: the constructor wants a key that nobody else has
new Grant(Symbol('mint'), 'repository.push', question.principal, [], null, null);

const imitation = {
  operation: 'repository.push',
  principal: question.principal,
  address: null,
  targets: pushing.targets,
  everyTarget: pushing.everyTarget,
  visibility: fetching.visibility,
  opens: (_operation: 'repository.push') => {},
} as const;
// @ts-expect-error imitated: the shape alone is not enough
void openForWriting(storage, imitation);

class Subclassed extends Grant<'repository.push'> {
  constructor() {
    // @ts-expect-error subclassed: there is no way to call the constructor
    super(undefined, 'repository.push', question.principal, [], null, null);
  }
}
void Subclassed;

declare const examination: Examination;

// @ts-expect-error an unexamined verdict is no grant
void openForWriting(storage, evaluate(question));
// @ts-expect-error nor is one that says yes
if (verdict.allowed) void openForWriting(storage, verdict);
// @ts-expect-error either of two operations is not both
void openForWriting(storage, fetchingOrPushing);
// @ts-expect-error a grant for who knows what
void openForWriting(storage, anything);
// @ts-expect-error another kind of target: tokens are made on repositories, app passwords on accounts
void createAccessToken(services, null as unknown as Grant<'app_password.create'>, token);
// @ts-expect-error and the other way round
void createPersonalCredential(services, null as unknown as Grant<'access_token.create'>, {
  label: '',
  scopes: [],
});
// @ts-expect-error an operation that is not in the table
declare const unknown: Grant<'repository.burn'>;
void unknown;
// @ts-expect-error the target of a push is a repository, not a workspace
const slug: 'workspace' = pushing.targets[0].type;
void slug;
// @ts-expect-error a push has one target
export const second = pushing.targets[1];
// @ts-expect-error a principal that identify did not make
mintGrant('repository.push', unsealed, facts, null);
// @ts-expect-error facts that the loader did not read
mintGrant('repository.push', principal, unread, null);
// @ts-expect-error what examining answers is data, and opens nothing
void openForWriting(storage, examination);
// @ts-expect-error nor does a verdict out of it
void openForWriting(storage, examination.answers[0]?.verdict);
// @ts-expect-error the principal that it shows is no sealed one
mintGrant('repository.push', examination.principal, facts, null);
