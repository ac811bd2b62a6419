import type { Simulation } from '../../../acts/explain/simulate.ts';
import type { Credential } from '../../../credentials/index.ts';
import { REF_CHANGES } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { form, notice, pageHead, table } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { askableOperations, type TypedQuestion } from './question.ts';

export interface SimulatorProps {
  readonly credential: Credential;
  /** Where the form asks, which is this page. */
  readonly action: string;
  readonly cancelHref: string;
  readonly typed: TypedQuestion;
  /** Null: nothing was asked yet. */
  readonly answer: Simulation | null;
  readonly problem: Problem | undefined;
  /** A new key's form, filled in with what was asked for; undefined where no key could. */
  readonly narrowKeyHref: string | undefined;
  readonly ownAddress: string;
}

const FIELDS = ['operation', 'target', 'ref', 'change', 'path', 'from', 'at'] as const;

/** "Why can it not…?": puts one question to the decision itself, does nothing, and shows the whole chain of reasons. */
export function simulatorBody(props: SimulatorProps): Html {
  const { credential, answer } = props;
  return html`${pageHead({
    title: 'Why can it not…?',
    lead: html`Ask what would become of a request with <a href="${props.cancelHref}">${credential.label}</a> <code>${credential.id}</code>. Nothing is done; the answer is the real decision.`,
  })}${answer !== null && verdict(answer, props)}${question(props)}`;
}

function question({ credential, action, typed, problem, answer, ownAddress }: SimulatorProps): Html {
  const error = (name: (typeof FIELDS)[number]) => errorIn(problem, name);
  return html`<section aria-labelledby="ask"><h2 id="ask">${answer === null ? 'What should it do?' : 'Ask again'}</h2>${form(
    {
      action,
      method: 'get',
      error: errorAbove(problem, FIELDS),
      fields: [
        {
          kind: 'select',
          name: 'operation',
          label: 'Operation',
          value: typed.operation === '' ? 'repository.push' : typed.operation,
          required: true,
          error: error('operation'),
          options: askableOperations(credential.kind),
        },
        {
          kind: 'text',
          name: 'target',
          label: 'Repository',
          help: html`As <code>workspace/name</code>; of an operation on a workspace, the workspace alone. Operations on your account need none.`,
          value: typed.target,
          code: true,
          error: error('target'),
        },
        {
          kind: 'text',
          name: 'ref',
          label: 'Branch or tag',
          help: html`Of a push: a branch by its name, anything else in full, such as <code>refs/tags/v1</code>.`,
          value: typed.ref,
          code: true,
          error: error('ref'),
        },
        {
          kind: 'select',
          name: 'change',
          label: 'What becomes of it',
          value: typed.change,
          error: error('change'),
          options: [
            { value: '', label: 'each in turn' },
            ...REF_CHANGES.map((change) => ({ value: change, label: change })),
          ],
        },
        {
          kind: 'text',
          name: 'path',
          label: 'A file that it changes',
          value: typed.path,
          code: true,
          error: error('path'),
        },
        {
          kind: 'text',
          name: 'from',
          label: 'From which address',
          help: html`You are at <code>${ownAddress}</code>. Empty: from nowhere, which every bound on networks refuses.`,
          value: typed.from,
          code: true,
          error: error('from'),
        },
        {
          kind: 'text',
          name: 'at',
          label: 'When',
          help: html`A date and a minute in UTC, such as <code>2027-03-31 14:00</code>. Empty: now.`,
          value: typed.at,
          code: true,
          error: error('at'),
        },
      ],
      submit: { label: 'Ask' },
    },
  )}</section>`;
}

const FACTOR_WORDS = {
  state: 'Its state',
  kind: 'Its kind',
  scopes: 'Its scopes',
  bounds: 'Its bounds',
  target: 'The target',
  role: 'The role of its owner',
  ref: 'The branch or tag',
} as const;

function verdict(answer: Simulation, { narrowKeyHref }: SimulatorProps): Html {
  const refused = answer.factors.find(({ allows }) => allows === false);
  return html`<section class="verdict" aria-labelledby="verdict"><h2 id="verdict">${
    answer.allowed ? 'Allowed' : 'Refused'
  }</h2>${notice({
    kind: answer.allowed ? 'success' : 'warning',
    title: answer.allowed ? 'Yes' : 'No',
    body: answer.allowed
      ? `It may ${answer.does}${someRefs(answer)}.`
      : (answer.hint ?? `It may not ${answer.does}.`),
  })}<ol class="chain">${answer.factors.map(
    ({ factor, allows, says }) =>
      html`<li class="chain-${mark(allows)}"><strong>${FACTOR_WORDS[factor]}</strong> <span class="badge">${markWords(factor, allows)}</span><p>${says}</p></li>`,
  )}</ol>${differ(answer) && refTable(answer)}${
    answer.notes.length > 0 &&
    html`<ul class="plain-list">${answer.notes.map((note) => html`<li>${note}</li>`)}</ul>`
  }${!answer.allowed && remedy(refused?.factor, narrowKeyHref)}</section>`;
}

/** Where every change has the same answer, the chain has said it. */
const differ = ({ refs }: Simulation): boolean => new Set(refs.map(({ reason }) => reason)).size > 1;

const someRefs = ({ refs }: Simulation): string => {
  const may = refs.filter(({ reason }) => reason === null).map(({ change }) => change);
  return refs.length === 0 ? '' : `, and ${may.join(', ')} ${refs[0]?.ref ?? ''}`;
};

/** As one says it of one thing and of several. */
const MARK_WORDS = {
  yes: ['allows', 'allow'],
  no: ['refuses', 'refuse'],
  unreached: ['not asked', 'not asked'],
} as const;
const SEVERAL: ReadonlySet<string> = new Set<keyof typeof FACTOR_WORDS>(['scopes', 'bounds']);

const markWords = (factor: keyof typeof FACTOR_WORDS, allows: boolean | null): string =>
  MARK_WORDS[mark(allows)][SEVERAL.has(factor) ? 1 : 0];

const mark = (allows: boolean | null): keyof typeof MARK_WORDS =>
  allows === null ? 'unreached' : allows ? 'yes' : 'no';

const refTable = ({ refs }: Simulation): Html =>
  table({
    caption: 'What it may do to the ref',
    quietCaption: true,
    empty: html``,
    rows: refs,
    columns: [
      { label: 'Change', cell: ({ change }) => change },
      { label: 'Ref', cell: ({ ref }) => html`<code>${ref}</code>` },
      { label: 'Answer', cell: ({ reason }) => (reason === null ? 'allowed' : `refused: ${reason}`) },
    ],
  });

function remedy(factor: string | undefined, narrowKeyHref: string | undefined): Renderable {
  if (narrowKeyHref !== undefined) {
    return html`<p><a class="button" href="${narrowKeyHref}">Make a narrow credential for this</a> <span class="quiet">Opens the form, filled in; nothing is made by that.</span></p>`;
  }
  return factor === 'role' || factor === 'target'
    ? html`<p class="quiet">Another credential would not help: none reaches further than its owner.</p>`
    : html`<p class="quiet">Another credential would not help: this holds for all of them.</p>`;
}
