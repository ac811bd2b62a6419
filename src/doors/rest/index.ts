import type { FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { readAuthorization } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { limitBodyTime } from '../shared/body-deadline.ts';
import { enterThrough } from '../shared/policy.ts';
import { addCredentialHeaders, addFixedHeaders, tagAnswer } from './answer-headers.ts';
import type { Context } from './api.ts';
import { addBodies } from './bodies.ts';
import { envelope } from './envelope.ts';
import { errorRenderer } from './errors.ts';
import { redirectRenamed } from './former-names.ts';
import { Links } from './links.ts';
import { addDescription } from './openapi.ts';
import { applySelection, selectionOf } from './partial.ts';
import { refuseUndeclaredChoice } from './paging.ts';
import { PREFIX, prefixOf } from './prefixes.ts';
import { addBranchRestrictionRoutes } from './routes/branch-restrictions.ts';
import { addRefChangeRoutes } from './routes/change-refs.ts';
import { addCommitFilesRoute } from './routes/commit-files.ts';
import { addCommitStatusRoutes } from './routes/commit-statuses.ts';
import { addCommitRoutes } from './routes/commits.ts';
import { addComparisonRoutes } from './routes/comparisons.ts';
import { addDeployKeyRoutes, addProjectDeployKeyRoutes } from './routes/deploy-keys.ts';
import { addProjectRoutes } from './routes/projects.ts';
import { addOverrideSettingsRoutes } from './routes/override-settings.ts';
import { addDownloadRoutes, addUploadRoute } from './routes/downloads.ts';
import { addPathHistoryRoute } from './routes/path-history.ts';
import { addDefaultReviewerRoutes } from './routes/default-reviewers.ts';
import { addCommitPullRequestRoutes } from './routes/commit-pull-requests.ts';
import { addPullRequestActivityRoutes } from './routes/pull-request-activity.ts';
import { addPullRequestContentRoutes } from './routes/pull-request-contents.ts';
import { addPullRequestReviewRoutes } from './routes/pull-request-reviews.ts';
import { addPullRequestRoutes } from './routes/pull-requests.ts';
import { addPullRequestCommentRoutes } from './routes/pull-request-comments.ts';
import { addPullRequestTaskRoutes } from './routes/pull-request-tasks.ts';
import { addPullRequestMergeRoutes } from './routes/pull-request-merge.ts';
import { addRefRoutes } from './routes/refs.ts';
import { addRepositoryRoutes } from './routes/repositories.ts';
import { addCreateRoute, addSaveRoute, enterToSave } from './routes/save-repository.ts';
import { addDerivedTokenRoutes } from './routes/derived-tokens.ts';
import { addSelfRoutes } from './routes/self.ts';
import { addSiteRoutes } from './routes/site.ts';
import { addSourceRoutes } from './routes/source.ts';
import { addSshKeyRoutes } from './routes/ssh-keys.ts';
import { addUserRoutes } from './routes/user.ts';
import { addUsersRoutes } from './routes/users.ts';
import { addWebhookRoutes } from './routes/webhooks.ts';
import { addWorkspaceRoutes } from './routes/workspaces.ts';

export { servedAddress } from './prefixes.ts';
export { unroutable } from './unroutable.ts';

/** The REST API 2.0. Credentials come in the Authorization header alone: no cookie and no query parameter is looked at. */
export async function restDoor(
  app: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(errorRenderer(services));
  app.decorateRequest('admittedFor', null);
  limitBodyTime(app, services.requestBodyMs, (message) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(envelope({ status: 408, message })),
  }));
  await addBodies(app);
  await addDescription(app, services.publicUrl);
  addFixedHeaders(app, services.publicUrl);
  // Before anything is done: a change that is made must not be answered as bad input.
  app.addHook('preValidation', (request, _reply, done) => {
    selectionOf(request.query);
    refuseUndeclaredChoice(request);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const isAtHand = typeof payload === 'string' && reply.statusCode < 300;
    done(null, isAtHand ? tagAnswer(request, reply, partial(request.query, payload)) : payload);
  });
  await app.register(async (under) => addRoutes(under, { services, linksOf: linksFor(services) }), {
    prefix: PREFIX,
  });
}

function linksFor({ publicUrl, ssh }: Services): Context['linksOf'] {
  const kept = new Map<string, Links>();
  return (request) => {
    const prefix = prefixOf(request);
    let links = kept.get(prefix);
    if (links === undefined) kept.set(prefix, (links = new Links(publicUrl, prefix, ssh?.url)));
    return links;
  };
}

async function addRoutes(app: FastifyInstance, context: Context): Promise<void> {
  const { services } = context;
  await app.register(async (scope) => {
    enterThrough(scope, services, 'rest', (request) => readAuthorization(request.headers.authorization));
    addCredentialHeaders(scope);
    redirectRenamed(scope, services.publicUrl);
    const api = scope.withTypeProvider<ZodTypeProvider>();
    addUserRoutes(api, context);
    addUsersRoutes(api, context);
    addWorkspaceRoutes(api, context);
    addProjectRoutes(api, context);
    addRepositoryRoutes(api, context);
    addCreateRoute(api, context);
    addCommitRoutes(api, context);
    addCommitStatusRoutes(api, context);
    addRefRoutes(api, context);
    addRefChangeRoutes(api, context);
    addSourceRoutes(api, context);
    addDownloadRoutes(api, context);
    addComparisonRoutes(api, context);
    addPathHistoryRoute(api, context);
    addPullRequestRoutes(api, context);
    addPullRequestReviewRoutes(api, context);
    addPullRequestActivityRoutes(api, context);
    addPullRequestContentRoutes(api, context);
    addCommitPullRequestRoutes(api, context);
    addDefaultReviewerRoutes(api, context);
    addPullRequestCommentRoutes(api, context);
    addPullRequestTaskRoutes(api, context);
    addPullRequestMergeRoutes(api, context);
    addBranchRestrictionRoutes(api, context);
    addOverrideSettingsRoutes(api, context);
    addSshKeyRoutes(api, context);
    addDeployKeyRoutes(api, context);
    addProjectDeployKeyRoutes(api, context);
    addWebhookRoutes(api, context);
    addSelfRoutes(api, context);
    addDerivedTokenRoutes(api, context);
    addSiteRoutes(scope, context);
    await scope.register(async (under) =>
      addCommitFilesRoute(under.withTypeProvider<ZodTypeProvider>(), context),
    );
    await scope.register(async (under) => addUploadRoute(under.withTypeProvider<ZodTypeProvider>(), context));
  });
  await app.register(async (scope) => {
    enterToSave(scope, context);
    addCredentialHeaders(scope);
    redirectRenamed(scope, services.publicUrl);
    addSaveRoute(scope.withTypeProvider<ZodTypeProvider>(), context);
  });
}

/** Cuts a JSON answer to the fields that were asked for. */
function partial(query: unknown, payload: string): string {
  const selection = selectionOf(query);
  if (selection === undefined || !/^[[{]/.test(payload)) return payload;
  return JSON.stringify(applySelection(JSON.parse(payload), selection));
}
