/** A second process with the same folder of answers: `node other-process.ts FOLDER REPOSITORY ID WANT`. Prints what it was answered. */
import { readingHandle } from '../../../src/git/handle.ts';
import { PackCache } from '../../../src/git/packs/index.ts';
import { all, ask, wanting } from './asking.ts';

const [folder = '', path = '', id = '', want = ''] = process.argv.slice(2);
const cache = new PackCache(folder, { bytes: 1e9, freeBytes: 0 });
process.stdout.write('asks\n');
const answer = await all(await ask(cache, readingHandle(id, 'repository', path), wanting(want)));
process.stdout.write(answer.toString('base64'));
