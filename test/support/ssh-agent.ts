import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { atEndOfFile } from './cleanup.ts';
import { ecPoint, sshBlob, sshString } from './ssh-blob.ts';

/** A security key made of software: what the stock client asks of its agent (draft-ietf-sshm-ssh-agent), with one key. */
export interface SoftwareSecurityKey {
  readonly line: string;
  /** Whether the person touches it. */
  touched: boolean;
  /** The socket of the agent. */
  readonly socket: string;
}

const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const FAILURE = 5;
const APPLICATION = 'ssh:';

const ED25519 = 'sk-ssh-ed25519@openssh.com';
const ECDSA = 'sk-ecdsa-sha2-nistp256@openssh.com';

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** An mpint above 0 (RFC 4251 §5). */
function mpint(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = bytes.subarray(first);
  return sshString((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** Starts an agent that holds one key of this type, at this path, until the test file ends. */
export async function softwareSecurityKey(
  kind: 'ed25519' | 'ecdsa',
  socket: string,
): Promise<SoftwareSecurityKey> {
  const type = kind === 'ed25519' ? ED25519 : ECDSA;
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const blob =
    kind === 'ed25519'
      ? sshBlob(type, Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'), APPLICATION)
      : sshBlob(type, 'nistp256', ecPoint(publicKey), APPLICATION);
  const made = { line: `${type} ${blob.toString('base64')} security key`, touched: true, socket };
  let counter = 0;
  const listener = createServer((client) => {
    const answer = (message: Buffer): Buffer => {
      if (message[0] === REQUEST_IDENTITIES) {
        return Buffer.concat([
          Buffer.from([IDENTITIES_ANSWER, 0, 0, 0, 1]),
          sshString(blob),
          sshString('sk'),
        ]);
      }
      if (message[0] !== SIGN_REQUEST) return Buffer.from([FAILURE]);
      const length = message.readUInt32BE(1);
      const signed = message.subarray(5 + length + 4, 5 + length + 4 + message.readUInt32BE(5 + length));
      counter += 1;
      const signature = signatureOf(type, privateKey, signed, made.touched ? 1 : 0, counter);
      return Buffer.concat([Buffer.from([SIGN_RESPONSE]), sshString(signature)]);
    };
    serve(client, answer);
  });
  await new Promise<void>((resolve) => {
    listener.listen(socket, resolve);
  });
  atEndOfFile(async () => {
    listener.close();
  });
  return made;
}

function signatureOf(type: string, key: KeyObject, signed: Buffer, flags: number, counter: number): Buffer {
  const end = Buffer.alloc(5);
  end[0] = flags;
  end.writeUInt32BE(counter, 1);
  const message = Buffer.concat([sha256(Buffer.from(APPLICATION)), end, sha256(signed)]);
  if (type === ED25519) return Buffer.concat([sshBlob(type, sign(null, message, key)), end]);
  const plain = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat([
    sshBlob(type, Buffer.concat([mpint(plain.subarray(0, 32)), mpint(plain.subarray(32))])),
    end,
  ]);
}

function serve(client: Socket, answer: (message: Buffer) => Buffer): void {
  let received = Buffer.alloc(0);
  client.on('error', () => {});
  client.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const length = received.readUInt32BE(0);
      client.write(sshString(answer(received.subarray(4, 4 + length))));
      received = received.subarray(4 + length);
    }
  });
}
