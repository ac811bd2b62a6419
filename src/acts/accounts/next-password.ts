import { choosePassword, hashPassword } from '../../accounts/index.ts';
import { invalid, Problem } from '../../problem.ts';

/** The hash of a password that comes in the place of another. Throws `Problem` for a bad one, under the name of its field, `next`. */
export async function hashNextPassword(next: string): Promise<string> {
  try {
    return await hashPassword(choosePassword(next));
  } catch (error) {
    throw error instanceof Problem ? invalid('next', error.message) : error;
  }
}
