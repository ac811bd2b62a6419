/** What a webhook can be subscribed to, as Bitbucket Cloud names it. */
interface EventDeclaration {
  readonly category: 'Repository' | 'Issue' | 'Pull Request' | 'Pipeline' | 'Project';
  readonly label: string;
  readonly description: string;
  /** It happens on this host. The others are accepted, since clients ask for them along with these, and never come. */
  readonly comes?: true;
}

const event = (
  category: EventDeclaration['category'],
  label: string,
  description: string,
): EventDeclaration => ({ category, label, description });

const EVENTS = {
  'issue:comment_created': event('Issue', 'Comment created', 'Whenever an issue comment is created'),
  'issue:created': event('Issue', 'Created', 'Whenever an issue is created'),
  'issue:updated': event('Issue', 'Updated', 'Whenever an issue is updated'),
  'pipeline:span_created': event('Pipeline', 'Span created', 'Whenever a span of a pipeline is created'),
  'project:updated': event('Project', 'Updated', 'Whenever a project is updated'),
  'pullrequest:approved': {
    ...event('Pull Request', 'Approved', 'When someone approves a pull request'),
    comes: true,
  },
  'pullrequest:changes_request_created': {
    ...event('Pull Request', 'Changes requested', 'When someone asks for changes of a pull request'),
    comes: true,
  },
  'pullrequest:changes_request_removed': {
    ...event(
      'Pull Request',
      'Changes request removed',
      'When someone no longer asks for changes of a pull request',
    ),
    comes: true,
  },
  'pullrequest:comment_created': {
    ...event('Pull Request', 'Comment created', 'When a comment on a pull request is created'),
    comes: true,
  },
  'pullrequest:comment_deleted': {
    ...event('Pull Request', 'Comment deleted', 'When a comment on a pull request is deleted'),
    comes: true,
  },
  'pullrequest:comment_reopened': {
    ...event('Pull Request', 'Comment reopened', 'When a comment on a pull request is reopened'),
    comes: true,
  },
  'pullrequest:comment_resolved': {
    ...event('Pull Request', 'Comment resolved', 'When a comment on a pull request is resolved'),
    comes: true,
  },
  'pullrequest:comment_updated': {
    ...event('Pull Request', 'Comment updated', 'When a comment on a pull request is updated'),
    comes: true,
  },
  'pullrequest:created': {
    ...event('Pull Request', 'Created', 'When a pull request is created'),
    comes: true,
  },
  'pullrequest:fulfilled': {
    ...event('Pull Request', 'Merged', 'When a pull request is merged'),
    comes: true,
  },
  'pullrequest:push': {
    ...event('Pull Request', 'Pushed', 'When the branch of a pull request is pushed to'),
    comes: true,
  },
  'pullrequest:rejected': {
    ...event('Pull Request', 'Declined', 'When a pull request is declined'),
    comes: true,
  },
  'pullrequest:unapproved': {
    ...event('Pull Request', 'Approval removed', 'When someone takes an approval of a pull request back'),
    comes: true,
  },
  'pullrequest:updated': {
    ...event('Pull Request', 'Updated', 'When a pull request is updated'),
    comes: true,
  },
  'repo:commit_comment_created': event(
    'Repository',
    'Commit comment created',
    'Whenever a comment on a commit is created',
  ),
  'repo:commit_status_created': {
    ...event('Repository', 'Build status created', 'Whenever a build status is written for the first time'),
    comes: true,
  },
  'repo:commit_status_updated': {
    ...event('Repository', 'Build status updated', 'Whenever a build status changes'),
    comes: true,
  },
  'repo:created': event('Repository', 'Created', 'Whenever a repository is created'),
  'repo:deleted': event('Repository', 'Deleted', 'Whenever a repository is deleted'),
  'repo:fork': event('Repository', 'Fork', 'Whenever a repository is forked'),
  'repo:imported': event('Repository', 'Imported', 'Whenever a repository is imported'),
  'repo:push': {
    ...event('Repository', 'Push', 'Whenever branches or tags are created, moved or deleted'),
    comes: true,
  },
  'repo:transfer': event('Repository', 'Transferred', 'Whenever a repository is transferred'),
  'repo:updated': event('Repository', 'Updated', 'Whenever the settings of a repository change'),
} as const satisfies Record<string, EventDeclaration>;

export type EventName = keyof typeof EVENTS;

/** What a test is sent as, by the name that Bitbucket Data Center has for it. It happens to nobody, so nothing subscribes to it. */
export const TEST_EVENT = 'diagnostics:ping';

/** The events that happen on this host. */
export type ComingEvent = {
  [Name in EventName]: (typeof EVENTS)[Name] extends { readonly comes: true } ? Name : never;
}[EventName];

export interface WebhookEvent extends EventDeclaration {
  readonly name: EventName;
}

/** All of them, in the order of the alphabet. */
export const WEBHOOK_EVENTS: readonly WebhookEvent[] = (Object.keys(EVENTS) as EventName[]).map((name) => ({
  name,
  ...(EVENTS[name] as EventDeclaration),
}));

const OF_PULL_REQUESTS = 'pullrequest:';

/** Whether any of these is told with a pull request, which takes the right to read those. */
export const tellsOfPullRequests = (events: readonly string[]): boolean =>
  events.some((name) => name.startsWith(OF_PULL_REQUESTS));

export const isEvent = (name: string): name is EventName => Object.hasOwn(EVENTS, name);
