import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { answerHooks, type HookAnswers } from '../../src/push/index.ts';

const a = 'a'.repeat(40);
const zero = '0'.repeat(40);
const line = `${zero} ${a} refs/heads/x`;
const packet = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
const command = { ref: 'refs/heads/x', old: zero, new: a };

/** Says what Git would say, and keeps what it was answered. */
async function converse(said: readonly string[], more: Partial<HookAnswers> = {}) {
  const asked: string[] = [];
  const errors: unknown[] = [];
  let heard = '';
  const relay = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      heard += chunk.toString();
      done();
    },
  });
  for (const part of said) relay.push(part);
  relay.push(null);
  await answerHooks(
    relay,
    {
      preReceive: async (commands, quarantine) => {
        asked.push(`pre ${commands.length} ${quarantine}`);
        return { accept: true, says: [] };
      },
      procReceive: async (commands) => {
        asked.push(`proc ${commands.length}`);
        return commands.map((each) => ({ command: each, reason: null }));
      },
      ...more,
    },
    (error) => errors.push(error),
  );
  return { asked, errors, heard };
}

const whole = ['pre-receive /q\n', `${line}\n\n`, 'proc-receive\n'];

it('answers the hooks in their order', async () => {
  const { asked, heard } = await converse(whole);
  expect(asked).toEqual(['pre 1 /q', 'proc 1']);
  expect(heard).toBe(`accept\n${packet('ok refs/heads/x')}${packet('option fall-through')}0000\n`);
});

it('whatever pieces it arrives in', async () => {
  const whole1 = await converse(whole);
  const pieces = await converse(Array.from(whole.join('')));
  expect(pieces).toEqual(whole1);
});

it('refuses with what is said, on lines that nothing can be smuggled into', async () => {
  const { heard, asked } = await converse(['pre-receive /q\n', `${line}\n\n`, ...whole.slice(2)], {
    preReceive: async () => ({ accept: false, says: ['No.\naccept'] }),
  });
  expect(heard).toBe('say No. accept\nrefuse\n');
  expect(asked).toEqual([]);
});

it('answers for no ref that did not pass the first hook', async () => {
  for (const said of [
    whole.slice(2),
    [whole[2] ?? '', ...whole.slice(0, 2)],
    ['nonsense\n'],
    ['pre-receive /q\n'],
    [],
  ]) {
    const { asked, heard } = await converse(said);
    expect(asked).toEqual([]);
    expect(heard).not.toContain('ok ');
  }
});

it('answers a refused ref by its reason alone', async () => {
  const { heard } = await converse(whole, {
    procReceive: async () => [{ command, reason: 'Not\nnow.' }],
  });
  expect(heard.endsWith(`${packet('ng refs/heads/x Not now.')}0000\n`)).toBe(true);
});

it('streams a report that no pipe would hold', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `${zero} ${a} refs/heads/${index}`);
  const { heard } = await converse(['pre-receive /q\n', `${many.join('\n')}\n\n`, 'proc-receive\n']);
  const report = many.map((_, index) => packet(`ok refs/heads/${index}`) + packet('option fall-through'));
  expect(heard).toBe(`accept\nstream\n${report.join('')}0000`);
});

it('says nothing more where something fails', async () => {
  const broken = await converse(whole, { procReceive: () => Promise.reject(new Error('disk full')) });
  expect(broken.heard).toBe('accept\n');
  expect(broken.errors).toEqual([new Error('disk full')]);
  const garbled = await converse(['pre-receive /q\n', 'no command\n\n']);
  expect(garbled.heard).toBe('');
  expect(garbled.errors).toHaveLength(1);
});
