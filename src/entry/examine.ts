import {
  evaluate,
  type CredentialPrincipal,
  type OperationName,
  type Question,
  type Refusal,
  type TargetFacts,
  type TargetReference,
  type Verdict,
} from '../gate/index.ts';
import { sealPrincipal } from '../gate/sealed.ts';
import { loadFacts } from './facts.ts';
import type { Gateway } from './gateway.ts';
import { credentialAsItStands } from './identify.ts';

/** What would be asked with a credential, without its secret and without doing anything. */
export interface ExaminationRequest {
  /** Public id, `cred_…`. */
  readonly credentialId: string;
  readonly questions: readonly {
    readonly operation: OperationName;
    readonly targets: readonly TargetReference[];
  }[];
  /** Where it would be used from; null is nowhere, which a bound on networks refuses. */
  readonly address: string | null;
  /** When, in milliseconds since 1970. */
  readonly now: number;
}

/** One question as it was put to the gate, and the answer. */
export interface Examined {
  readonly question: Question;
  readonly verdict: Verdict;
}

export interface Examination {
  readonly principal: CredentialPrincipal;
  /** Why the credential opens nothing at that time, whatever is asked: revoked, expired or paused. */
  readonly ended: Refusal | null;
  /** In the order of the questions. */
  readonly answers: readonly Examined[];
}

/**
 * Asks the gate what it would say to a credential, from its live data and live facts. What comes back is data alone:
 * nothing here is a principal, facts or a grant, and nothing can be opened with it. Undefined for an id that names no
 * credential, or one whose owner is gone.
 */
export async function examine(
  gateway: Gateway,
  { credentialId, questions, address, now }: ExaminationRequest,
): Promise<Examination | undefined> {
  const standing = await credentialAsItStands(gateway, credentialId, now);
  if (standing === undefined) return undefined;
  const { principal, ended } = standing;
  const sealed = sealPrincipal(principal);
  const loaded = new Map<string, readonly TargetFacts[]>();
  const answers: Examined[] = [];
  for (const { operation, targets: references } of questions) {
    const key = JSON.stringify(references);
    const targets = loaded.get(key) ?? (await loadFacts(gateway, sealed, references)).targets;
    loaded.set(key, targets);
    const question: Question = { operation, principal, targets, circumstances: { now, address } };
    const verdict = ended === null ? evaluate(question) : ({ allowed: false, refusal: ended } as const);
    answers.push({ question, verdict });
  }
  return { principal, ended, answers };
}
