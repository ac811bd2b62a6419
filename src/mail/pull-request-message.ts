import type { Message } from './messages.ts';

/** What people are told of a pull request, and how it is said. */
const SENTENCES = {
  asked: (who) => (who === null ? 'You are asked to review it' : `${who} asks you to review it`),
  approved: (who) => `${orSomebody(who)} approved it`,
  changes_requested: (who) => `${orSomebody(who)} asks for changes`,
  commented: (who) => `${orSomebody(who)} commented on it`,
  answered: (who) => `${orSomebody(who)} answered a comment of yours`,
  declined: (who) => `${orSomebody(who)} declined it`,
  merged: (who) => (who === null ? 'It was merged' : `${who} merged it`),
} as const satisfies Record<string, (who: string | null) => string>;

export type PullRequestNews = keyof typeof SENTENCES;

/** A pull request, and what of it somebody is told at once. */
export interface PullRequestFacts {
  /** `team/app` */
  readonly repository: string;
  readonly number: number;
  readonly title: string;
  /** Its page. */
  readonly path: string;
  readonly news: readonly {
    readonly what: PullRequestNews;
    /** Display name; null for the host itself, and where there is nobody of that id any more. */
    readonly who: string | null;
    readonly times: number;
  }[];
}

const MOST_LINES = 20;
const LONGEST_TITLE = 100;

const orSomebody = (who: string | null): string => who ?? 'Somebody';

/** Nothing that was written to it is said: whoever reads it there may do so at that moment. */
export function pullRequestMessage(
  { repository, number, title, path, news }: PullRequestFacts,
  host: string,
  url: string,
  paragraphs: (...parts: readonly string[]) => string,
): Message {
  const lines = news.map(
    ({ what, who, times }) => `${SENTENCES[what](who)}${times === 1 ? '' : ` (${times} times)`}.`,
  );
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `And ${more} more.`] : lines;
  const isAsked = news.some(({ what }) => what === 'asked');
  return {
    subject: `${isAsked ? 'To be reviewed' : 'Pull request'}: ${cut(title)} (${repository} #${number})`,
    text: paragraphs(
      `Pull request #${number} of ${repository} at ${host}, “${title}”:`,
      shown.join('\n'),
      `${url}${path}`,
      `Mail about pull requests is switched off at ${url}/account/settings.`,
    ),
  };
}

function cut(title: string): string {
  const characters = Array.from(title);
  return characters.length <= LONGEST_TITLE ? title : `${characters.slice(0, LONGEST_TITLE - 1).join('')}…`;
}
