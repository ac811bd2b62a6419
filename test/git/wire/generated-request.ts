import { delimiterPacket, encodePacket, flushPacket, responseEndPacket } from '../../../src/git/pkt-line.ts';
import type { ObjectFormat } from '../../../src/git/object-id.ts';
import type { Chance } from './chance.ts';

/** The bytes of a request to list refs, most of them good. */
export function generateRequest(format: ObjectFormat, names: readonly string[], chance: Chance): Buffer {
  const odd = chance.oneIn(5);
  const end = () => (chance.oneIn(3) ? '' : '\n');
  const line = (text: string) => encodePacket(Buffer.from(text + end(), 'latin1'));
  const pieces: Buffer[] = [];
  const head = ['command=ls-refs', 'agent=git/2.39.5', `object-format=${format}`];
  if (chance.oneIn(4)) head.push('server-option=x');
  if (format === 'sha1' && chance.oneIn(4)) head.pop();
  if (odd) head.push(...chance.some(ODD_HEAD, 0.1));
  if (chance.oneIn(3)) head.reverse();
  pieces.push(...head.map(line));
  if (!chance.oneIn(20)) pieces.push(delimiterPacket);
  const args = [...chance.some(['peel', 'symrefs', 'unborn', 'peel'], 0.7), ...prefixes(names, chance)];
  if (odd) args.push(...chance.some(ODD_ARGS, 0.1));
  if (chance.oneIn(4)) args.reverse();
  pieces.push(...args.map(line));
  if (odd && chance.oneIn(4))
    pieces.push(chance.pick([delimiterPacket, responseEndPacket, Buffer.from('0003'), Buffer.from('zzzz')]));
  if (!(odd && chance.oneIn(4))) pieces.push(flushPacket);
  if (chance.oneIn(10)) pieces.push(Buffer.from('0009more'));
  const bytes = Buffer.concat(pieces);
  return odd && chance.oneIn(4) ? mutated(bytes, chance) : bytes;
}

const ODD_HEAD = [
  'command=fetch',
  'command=ls-refs',
  'command=nothing',
  'object-format=sha256',
  'object-format',
  'session-id=x',
  'unknown',
  'agent',
  'agentx',
  'server-option',
  '',
  'ls-refs',
  'ERR no',
  'agent=a\0b',
];
const ODD_ARGS = ['', 'peel\0', 'peel ', 'ref-prefix', 'ref-prefix\trefs/', 'unknown', 'delim', 'PEEL'];

function prefixes(names: readonly string[], chance: Chance): string[] {
  const count = chance.pick([0, 0, 1, 2, 3, 8]);
  const any = [
    'refs/heads/',
    'refs/tags/',
    'HEAD',
    'refs/',
    '',
    'H',
    'refs/heads/feature',
    'refs/none/',
    'x',
    'refs',
    ...names,
  ];
  return Array.from({ length: count }, () => {
    const name = chance.pick(any);
    return `ref-prefix ${chance.oneIn(4) ? name.slice(0, chance.below(name.length + 1)) : name}`;
  });
}

function mutated(bytes: Buffer, chance: Chance): Buffer {
  const copy = Buffer.from(bytes);
  if (chance.oneIn(3)) return copy.subarray(0, chance.below(copy.length + 1));
  copy[chance.below(copy.length)] = chance.below(256);
  return copy;
}
