import { Problem } from '../problem.ts';
import { post, printable, textIn } from './host.ts';

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
  const { status, body } = await post(`${origin}/2.0/latchkey/credentials/derived`, authorization, wanted);
  if (status === 201 && textIn(body, 'secret') !== undefined) return body;
  const error = typeof body['error'] === 'object' && body['error'] !== null ? { ...body['error'] } : {};
  const said = textIn(error, 'message') ?? `it answered ${status} without a sentence`;
  const detail = textIn(error, 'detail');
  throw new Problem(
    'unavailable',
    printable(`The host refused: ${[said, detail].filter(Boolean).join(' ')}`),
  );
}
