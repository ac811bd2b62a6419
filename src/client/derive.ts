import { Problem } from '../problem.ts';
import { post, printable, remove, textIn } from './host.ts';

const derivedAt = (origin: string): string => `${origin}/2.0/latchkey/credentials/derived`;

/**
 * Has a host derive a token. Answers with all that it says of it, the secret in `secret`. Throws `Problem` with the sentence of
 * the host where it refuses.
 *
 * @param origin as `hostOrigin` gives it
 * @param authorization the header, with the secret of the credential to derive from
 * @param wanted the members of the request (docs/api.md)
 */
export async function deriveToken(
  origin: string,
  authorization: string,
  wanted: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await post(derivedAt(origin), authorization, wanted);
  if (status === 201 && textIn(body, 'secret') !== undefined) return body;
  const error = within(body, 'error');
  // What would be right, of a genuine credential; beside the sentence that Bitbucket has for everybody.
  const said = textIn(within(error, 'data'), 'hint') ?? textIn(error, 'message');
  throw new Problem(
    'unavailable',
    printable(`The host refused: ${said ?? `it answered ${status} without a sentence.`}`),
  );
}

/** Ends a token that was derived. True where it is ended. Throws `Problem` where the host does not answer. */
export const revokeToken = (origin: string, authorization: string, id: string): Promise<boolean> =>
  remove(`${derivedAt(origin)}/${encodeURIComponent(id)}`, authorization);

function within(body: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const value = body[name];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
