import { USAGE_DAYS, USES_SHOWN, type NamedUse, type Usage } from '../../../acts/credentials/uses.ts';
import { declarationOf, isOperation, type RefusalCode } from '../../../gate/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { emptyState, picture, table, time, type Column } from '../pieces/index.ts';

/** Days that the picture shows. */
const DAYS_SHOWN = 30;

/** How a use ended that was not simply let in. */
const ENDINGS: Readonly<Record<string, string>> = {
  observed: 'let in, and its networks would have refused it',
  scope_missing: 'refused: a scope was missing',
  out_of_bounds: 'refused: outside what it is confined to',
  role_too_small: 'refused: the role behind it does not reach so far',
  target_missing: 'refused: nothing there that it may see',
  credential_ended: 'refused: it had ended',
  credential_paused: 'refused: it was paused, or had not begun',
  user_name_wrong: 'refused: the user name beside it was not its own',
  scheme_wrong: 'refused: it was sent in a way that is not its own',
  secret_elsewhere: 'refused: it is not for this',
  asker_not_accepted: 'refused: not for keys of its kind',
  account_disabled: 'refused: the account was disabled',
  password_change_needed: 'refused: a new password had to be chosen first',
  two_step_needed: 'refused: two-step verification was asked for',
  wiki_off: 'refused: there is no wiki',
} satisfies Partial<Record<RefusalCode | 'observed', string>>;

/** How a page says it. */
export interface UsageWords {
  readonly title: string;
  /** Said below the title: what is told and what is not. */
  readonly note?: Renderable;
  /** How often, in a sentence. */
  readonly sum: (admitted: number, refused: number) => string;
  /** What to do about scopes that nothing needed. @param them "it" or "them" */
  readonly advice: (them: string) => string;
}

/** Where refusals are not told. */
export const letIn = (admitted: number): string => `In ${USAGE_DAYS} days it was let in ${times(admitted)}.`;

export const OF_A_KEY: UsageWords = {
  title: 'What it was used for',
  sum: (admitted, refused) =>
    `In ${USAGE_DAYS} days it was ${admitted === 0 ? 'never let in' : `let in ${times(admitted)}`} and ${refused === 0 ? 'never refused' : `refused ${times(refused)}`}.`,
  advice: (them) =>
    `Scopes are never taken off a key: if it will not need ${them} later, make one without ${them} and revoke this.`,
};

/** What a key was used for: over time, in each way, and what it did not need. */
export function usageSection({ uses, days, unneeded, isUntold }: Usage, now: Date, words = OF_A_KEY): Html {
  const sum = (side: 'admitted' | 'refused') => days.reduce((total, day) => total + day[side], 0);
  const [admitted, refused] = [sum('admitted'), sum('refused')];
  return html`<section aria-labelledby="used-for"><h2 id="used-for">${words.title}</h2>${words.note !== undefined && html`<p>${words.note}</p>`}${
    isUntold
      ? html`<p>It is from before the repository came to this workspace: what it was used for is not told here.</p>`
      : uses.length === 0
        ? emptyState({
            title: 'Nothing on record',
            body: `Each use of the last ${USAGE_DAYS} days is counted here: what was asked for, from where and with which client, let in or refused.`,
          })
        : html`${picture({
            id: 'uses-by-day',
            title: `Uses that were let in, ${DAYS_SHOWN} days`,
            description: `${words.sum(admitted, refused)} Days are those of UTC.`,
            bars: days.slice(-DAYS_SHOWN).map((day) => ({ label: shortDay(day.at), value: day.admitted })),
            unit: 'Uses',
          })}${table({
            caption: `Uses of the last ${USAGE_DAYS} days, the latest first`,
            quietCaption: true,
            rows: uses,
            empty: html``,
            columns: [
              ...wayColumns,
              { label: 'Times', align: 'end', cell: ({ count }) => count.toLocaleString('en') },
              { label: 'First', cell: ({ firstAt }) => time({ at: new Date(firstAt), now }) },
              lastColumn(now),
            ],
          })}${
            uses.length === USES_SHOWN &&
            html`<p class="quiet">The latest ${USES_SHOWN} different uses; the command line lists more.</p>`
          }${unneeded.length > 0 && unneededWords(unneeded, words)}`
  }</section>`;
}

const wayColumns: readonly Column<NamedUse>[] = [
  { label: 'What', cell: (use) => what(use) },
  { label: 'From', cell: (use) => from(use) },
];

const lastColumn = (now: Date): Column<NamedUse> => ({
  label: 'Last',
  cell: ({ lastAt }) => time({ at: new Date(lastAt), now }),
});

/** In which ways something was used, and when the last time. */
export const useColumns = (now: Date): readonly Column<NamedUse>[] => [...wayColumns, lastColumn(now)];

const what = ({ operation, targetName, outcome }: NamedUse): Renderable =>
  html`${isOperation(operation) ? declarationOf(operation).does : operation}${
    targetName !== undefined && html` · <a href="/${targetName}">${targetName}</a>`
  }${outcome !== 'allowed' && html`<br><span class="quiet">${ENDINGS[outcome] ?? `refused: ${outcome}`}</span>`}`;

const from = ({ address, agent }: NamedUse): Renderable =>
  address === ''
    ? 'several places'
    : html`<code>${address}</code>${agent !== '' && html`<br><span class="quiet">${agent}</span>`}`;

function unneededWords(unneeded: Usage['unneeded'], { advice }: UsageWords): Html {
  const names = unneeded.map((scope, index) => html`${index > 0 && ', '}<code>${scope}</code>`);
  return html`<p>Nothing of this needed ${names}. ${advice(unneeded.length === 1 ? 'it' : 'them')}</p>`;
}

const times = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'time' : 'times'}`;

const shortDay = (at: number): string =>
  new Date(at).toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });
