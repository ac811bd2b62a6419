import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services.ts';
import { limitBodyTime } from '../shared/body-deadline.ts';
import { enterThrough, type DeclaredRoute } from '../shared/policy.ts';
import { personalKeyDetailPages } from './account/personal-key.ts';
import { applicationDetailPages } from './account/application.ts';
import { applicationPages } from './account/applications.ts';
import { personalKeyPages } from './account/personal-keys.ts';
import { passwordPages } from './account/password.ts';
import { profilePages } from './account/profile.ts';
import { ownAccessPages } from './account/access.ts';
import { sshKeyDetailPages } from './account/ssh-key.ts';
import { sshKeyPages } from './account/ssh-keys.ts';
import { sessionPages } from './account/sessions.ts';
import { twoStepPages } from './account/two-step/index.ts';
import { confirmPages } from './confirm/index.ts';
import { presentToWeb } from './cookies.ts';
import { isCrossSite, otherAddressTeller } from './cross-site.ts';
import { sendCrossSite, sendError, sendMissing } from './errors.ts';
import { presentAddress } from './former-names.ts';
import { simulatorPages } from './explain/simulator.ts';
import { galleryPage } from './gallery-page.ts';
import { securityHeaders } from './headers.ts';
import { homePage } from './home.ts';
import { issuerPages } from './host/issuers.ts';
import { hostPolicyPages } from './host/policy.ts';
import { userPages } from './host/users.ts';
import { userStatePages } from './host/user-state.ts';
import { authorizePages } from './oauth/authorize.ts';
import { devicePages } from './oauth/device.ts';
import { pullRequestPages } from './pull-requests/index.ts';
import { repositoryPages } from './repositories/index.ts';
import { searchPage } from './search.ts';
import { signInPages } from './sign-in/index.ts';
import { staticFiles } from './static.ts';
import { themeSwitch } from './theme.ts';
import { newWorkspacePages } from './workspaces/create.ts';
import { groupDetailPages } from './workspaces/group.ts';
import { groupPages } from './workspaces/groups.ts';
import { everyAccessTokenPage } from './access-tokens/index.ts';
import { trustPolicyPages } from './trust-policies/index.ts';
import { memberPages } from './workspaces/members.ts';
import { newRepositoryPages } from './workspaces/new-repository.ts';
import { oauthConsumerPages } from './workspaces/oauth-consumers.ts';
import { projectAccessKeyPages } from './workspaces/project-access-keys.ts';
import { projectPages } from './workspaces/projects.ts';
import { workspaceAccessPages } from './workspaces/access.ts';
import { workspacePage } from './workspaces/repositories.ts';
import { workspaceSettingsPages } from './workspaces/settings.ts';

const PAGES = [
  staticFiles,
  themeSwitch,
  galleryPage,
  signInPages,
  confirmPages,
  homePage,
  searchPage,
  passwordPages,
  twoStepPages,
  profilePages,
  sessionPages,
  personalKeyPages,
  personalKeyDetailPages,
  ownAccessPages,
  sshKeyPages,
  sshKeyDetailPages,
  simulatorPages,
  everyAccessTokenPage,
  trustPolicyPages,
  applicationPages,
  applicationDetailPages,
  authorizePages,
  devicePages,
  userPages,
  hostPolicyPages,
  issuerPages,
  userStatePages,
  newWorkspacePages,
  workspacePage,
  newRepositoryPages,
  memberPages,
  groupPages,
  groupDetailPages,
  projectPages,
  projectAccessKeyPages,
  workspaceAccessPages,
  workspaceSettingsPages,
  oauthConsumerPages,
  pullRequestPages,
  repositoryPages,
] as const;

const LARGEST_FORM_BYTES = 256 * 1024;

/** The door for people: pages and forms, by session cookie alone. */
export async function webDoor(
  app: FastifyInstance,
  { services, routes }: { readonly services: Services; readonly routes: readonly DeclaredRoute[] },
): Promise<void> {
  const tellOperator = otherAddressTeller(services);
  const headers = securityHeaders(services.publicUrl.startsWith('https:'));

  // Forms are all that is read: another content type is refused before anybody looks at the body.
  app.removeAllContentTypeParsers();
  await app.register(formBody, { bodyLimit: LARGEST_FORM_BYTES });
  await app.register(cookie);
  app.setErrorHandler((error, request, reply) => sendError(services, error, request, reply));
  app.setNotFoundHandler((request, reply) => sendMissing(services, request, reply));

  limitBodyTime(app, services.requestBodyMs, (sentence) => ({
    contentType: 'text/plain; charset=utf-8',
    body: `${sentence}\n`,
  }));
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers);
    if (!isCrossSite(request, services.publicUrl)) return;
    tellOperator(request);
    await sendCrossSite(services, request, reply);
  });
  enterThrough(app, services, 'web', (request) => presentToWeb(services, request));
  app.addHook('onRequest', async (request, reply) => {
    const moved = presentAddress(request);
    if (moved !== undefined) await reply.redirect(moved, 301);
  });

  for (const pages of PAGES) await app.register(pages, { services, routes });
}
