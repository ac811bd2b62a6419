import { DAY_MS, isAdmitted } from '../../credentials/index.ts';
import type { Usage } from './uses.ts';

/** The days that count as lately. */
export const LATELY_DAYS = 30;
export const LATELY_MS = LATELY_DAYS * DAY_MS;

/** Who was let in with it lately, the latest first: each address once with each client, such as `192.0.2.7 (git/2.39.5)`. */
export function callersLately({ uses }: Pick<Usage, 'uses'>, now: number): readonly string[] {
  const lately = uses.filter(({ outcome, lastAt }) => isAdmitted(outcome) && lastAt > now - LATELY_MS);
  return [...new Set(lately.map(callerOf))];
}

/** From where and with which client, in words. */
export const callerOf = ({ address, agent }: { readonly address: string; readonly agent: string }): string =>
  address === '' ? 'several places' : agent === '' ? address : `${address} (${agent})`;
