import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessGroup } from '../measure/process-group.ts';
import { freePort, listening } from './ports.ts';
import { basic, withCredentials, type GitServer } from './server.ts';

/** nginx + fcgiwrap + git-http-backend, as Debian packages them, once with a password file and once for everybody. */
export interface Nginx {
  readonly guarded: GitServer;
  readonly open: GitServer;
}

const USER = 'ada';
const PASSWORD = 'a-password-of-the-bench';
const CHILDREN = 16;

const PROGRAMS = {
  nginx: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'],
  fcgiwrap: ['/usr/sbin/fcgiwrap', '/usr/bin/fcgiwrap', '/usr/local/sbin/fcgiwrap'],
  htpasswd: ['/usr/bin/htpasswd', '/usr/local/bin/htpasswd'],
} as const;

/** What is missing here, as a sentence; undefined where all is there. */
export function nginxHindrance(): string | undefined {
  const missing = Object.entries(PROGRAMS).filter(([, places]) => !places.some((place) => existsSync(place)));
  return missing.length === 0
    ? undefined
    : `nginx with git-http-backend is left out: ${missing.map(([name]) => name).join(', ')} is missing (on Debian: apt-get install nginx-light fcgiwrap apache2-utils).`;
}

const programOf = (name: keyof typeof PROGRAMS): string =>
  PROGRAMS[name].find((place) => existsSync(place)) ?? name;

/** @param root where the repositories lie, as `NAME.git` */
export async function startNginx(folder: string, root: string): Promise<Nginx> {
  mkdirSync(folder, { recursive: true });
  const [guardedPort, openPort] = [await freePort(), await freePort()];
  const socket = join(folder, 'fcgi.sock');
  const passwords = join(folder, 'htpasswd');
  // apr1, which `htpasswd -m` makes, is the cheapest that htpasswd offers besides plain text.
  spawnSync(programOf('htpasswd'), ['-cbm', passwords, USER, PASSWORD]);
  const backend = join(
    spawnSync('git', ['--exec-path'], { encoding: 'utf8' }).stdout.trim(),
    'git-http-backend',
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration({ folder, root, backend, socket, passwords, guardedPort, openPort }));
  // One group for both: what a request costs is spent in nginx, in fcgiwrap and in what that starts.
  const group = new ProcessGroup(
    'sh',
    [
      '-c',
      '"$0" -s "unix:$1" -c "$2" & exec "$3" -p "$4" -c "$5"',
      programOf('fcgiwrap'),
      socket,
      String(CHILDREN),
      programOf('nginx'),
      folder,
      file,
    ],
    { env: { GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/nonexistent' }, stdio: ['ignore', 'ignore', 'ignore'] },
  );
  await listening({ port: openPort });
  await listening({ path: socket });
  const server = (port: number, guarded: boolean): GitServer => {
    const url = `http://127.0.0.1:${port}`;
    return {
      name: guarded ? 'nginx + git-http-backend, apr1' : 'nginx + git-http-backend, no authentication',
      url,
      group,
      authorization: guarded ? basic(USER, PASSWORD) : undefined,
      reconnects: false,
      path: (repository) => `/${repository}.git`,
      address: (repository) => {
        const address = `${url}/${repository}.git`;
        return guarded ? withCredentials(address, USER, PASSWORD) : address;
      },
    };
  };
  return { guarded: server(guardedPort, true), open: server(openPort, false) };
}

interface Places {
  readonly folder: string;
  readonly root: string;
  readonly backend: string;
  readonly socket: string;
  readonly passwords: string;
  readonly guardedPort: number;
  readonly openPort: number;
}

const configuration = (places: Places): string => `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes auto;
pid ${places.folder}/nginx.pid;
error_log ${places.folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_max_body_size 0;
  keepalive_requests 10000000;
  ${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((name) => `${name}_temp_path ${places.folder}/${name};`).join('\n  ')}
  ${block(places, places.guardedPort, `auth_basic "bench"; auth_basic_user_file ${places.passwords};`)}
  ${block(places, places.openPort, '')}
}
`;

const block = ({ root, backend, socket }: Places, port: number, guard: string): string => `server {
    listen 127.0.0.1:${port};
    location / {
      ${guard}
      fastcgi_pass unix:${socket};
      fastcgi_buffering off;
      fastcgi_read_timeout 600s;
      fastcgi_param SCRIPT_FILENAME ${backend};
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param GIT_PROJECT_ROOT ${root};
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param REMOTE_ADDR $remote_addr;
    }
  }`;
