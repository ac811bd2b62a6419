import { Command } from 'commander';
import { hostOrigin } from '../client/host.ts';
import { exchangeAssertion } from '../client/job-token.ts';
import { Problem } from '../problem.ts';
import { repeatable } from './repeatable.ts';
import { secretFromInput } from './secret-input.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

const EXAMPLES = `
Standard output is the job token and nothing else. It is a Bearer token of the API, and over Git the password of x-token-auth.

GitHub Actions, in a job with "permissions: { id-token: write }":
  curl -sH "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
      "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=https://git.example.com" | jq -r .value |
    latchkey job-token --url https://git.example.com --repository team/app > token

GitLab CI, in a job with "id_tokens: { LATCHKEY: { aud: https://git.example.com } }":
  printf %s "$LATCHKEY" | latchkey job-token --url https://git.example.com --repository team/app > token`;

export const jobTokenCommand = (): Command =>
  new Command('job-token')
    .description(
      'In a CI job: exchange the token that the CI system made for the job, on standard input, for a job token of a repository.',
    )
    .requiredOption('--url <host>', 'address of the Latchkey host, such as https://git.example.com')
    .requiredOption('--repository <workspace/name>', 'whose trust policies are asked')
    .addOption(repeatable('--scope <scope>', 'less than the trust policy gives, such as repository'))
    .addHelpText('after', EXAMPLES)
    .action(async (options: Record<string, unknown>) => {
      refuseUnseen();
      const issued = await exchangeAssertion(hostOrigin(String(options['url'])), {
        token: await tokenFromInput(),
        repository: String(options['repository']),
        scopes: [options['scope'] ?? []].flat().map(String),
      });
      await showOnce(
        issued.secret,
        'the job token',
        async () => 'the job token ends by itself within the hour',
      );
    });

async function tokenFromInput(): Promise<string> {
  const token = (await secretFromInput('token of the CI job')).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Problem(
    'invalid',
    'Give the token of the CI job on standard input, and nothing else: three parts with dots between.',
  );
}
