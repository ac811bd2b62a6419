import type { Bench } from '../bench.ts';
import type { Row } from '../row.ts';
import { clones } from './clones.ts';
import { credentialCheck } from './credential-check.ts';
import { eventLoop } from './event-loop.ts';
import { fetches, memory } from './fetches.ts';
import { firstClone } from './first-clone.ts';
import { floors } from './floors.ts';
import { fragmented } from './fragmented.ts';
import { lsRemote } from './ls-remote.ts';
import { push } from './pushes.ts';
import { refs } from './refs.ts';
import { restCommits, restRepository } from './rest.ts';
import { restLists } from './rest-lists.ts';
import { script } from './scripts.ts';
import { ssh } from './ssh.ts';
import { start } from './start.ts';

interface Part {
  readonly about: string;
  readonly run: (bench: Bench) => Promise<Row[]>;
}

/** Everything that can be measured, in the order of the table. */
export const PARTS = {
  refs: { about: 'authenticated info/refs and ls-refs, 32 at a time', run: refs },
  'ls-remote': { about: 'git ls-remote with the real client', run: lsRemote },
  clones: { about: '16 depth-1 clones at once, empty cache and warm', run: clones },
  fetches: { about: '16 full fetches at once, drained, warm and empty cache', run: fetches },
  memory: { about: 'memory while 16 full fetches run', run: memory },
  'first-clone': {
    about: 'server CPU of a full clone that nobody asked for before, in pairs',
    run: firstClone,
  },
  fragmented: { about: 'a clone a minute after the last of 61 pushes', run: fragmented },
  push: { about: 'push of one commit, in pairs', run: push },
  'rest-repository': { about: 'REST GET of a repository against a bare Fastify', run: restRepository },
  'rest-commits': { about: 'REST commits against git log per request', run: restCommits },
  'rest-lists': { about: 'REST lists and a file against Git started per request', run: restLists },
  credentials: { about: 'the check of a credential among 1,000 and 1,000,000', run: credentialCheck },
  start: { about: 'second start, and memory when idle', run: start },
  'event-loop': { about: 'delay of the event loop while 16 clones run, 800 MB touched', run: eventLoop },
  ssh: { about: 'Git over SSH beside the OpenSSH of the system', run: ssh },
  floors: { about: 'git upload-pack over a pipe, cat of the pack', run: floors },
  bounds: { about: 'what bounds cost (prints its own lines)', run: script('bounds') },
} as const satisfies Readonly<Record<string, Part>>;

export type PartName = keyof typeof PARTS;
export const isPart = (name: string): name is PartName => Object.hasOwn(PARTS, name);
