import { NoRoom } from '../../acts/lfs/upload.ts';
import { Refused } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { answerTo, onOneLine, STATUS_OF_PROBLEM } from '../shared/git-answer.ts';
import { ClientGone } from './exchange.ts';
import type { LfsReply } from '../../acts/lfs/packets.ts';

/** The answer to a request about files of Git LFS that went wrong. Throws on what leaves nobody to be answered. */
export function lfsReplyTo(error: unknown, services: Services): LfsReply {
  if (error instanceof Refused) {
    const { status, text } = answerTo(error);
    return { status, lines: [onOneLine(text)] };
  }
  if (error instanceof NoRoom) {
    services.log.error({ error }, 'A file of Git LFS could not be stored.');
    return { status: 507, lines: [error.message] };
  }
  if (error instanceof Problem) {
    const status = error.code === 'invalid' ? 422 : STATUS_OF_PROBLEM[error.code];
    return { status, lines: [error.message] };
  }
  if (error instanceof ClientGone || isClientGone(error)) throw error;
  services.log.error({ error }, 'A request of Git LFS over SSH failed.');
  throw error;
}
