import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fixedPort } from './fixed-port.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const SBIN = ['/usr/sbin', '/usr/local/sbin'];

/** The path of a program of this machine, or null. */
export function programPath(name: string): string | null {
  const dirs = [...(process.env['PATH'] ?? '').split(delimiter), ...SBIN];
  return dirs.map((dir) => join(dir, name)).find((path) => existsSync(path)) ?? null;
}

/**
 * An OpenSSH server on a port of its own, for the user who runs the test, with keys of its own.
 *
 * @returns the path of a configuration under which `ssh` knows it as `target`, and rclone's remote
 */
export async function sshServer(t: TestContext, dir: string) {
  const sshd = programPath('sshd');
  if (sshd === null || programPath('ssh') === null) return null;
  const at = (name: string) => join(dir, name);
  for (const key of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  }
  // The start script of Debian's service makes it; sshd does not run as root without.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = await fixedPort(HOST);
  const user = userInfo().username;
  const server = [
    `Port ${port}`,
    `ListenAddress ${HOST}`,
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('user.pub')}`,
    'PidFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UsePAM no',
    // All tools begin at the same moment.
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
  ];
  const client = [
    'Host target',
    `HostName ${HOST}`,
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${at('user')}`,
    'IdentitiesOnly yes',
    'StrictHostKeyChecking no',
    'UserKnownHostsFile /dev/null',
    'LogLevel ERROR',
  ];
  writeFileSync(at('sshd_config'), `${server.join('\n')}\n`);
  writeFileSync(at('ssh_config'), `${client.join('\n')}\n`);
  await daemon(t, port, sshd, ['-D', '-e', '-f', at('sshd_config')]);
  const rclone = `:sftp,host=${HOST},port=${port},user=${user},key_file=${at('user')}`;
  return { config: at('ssh_config'), rclone };
}

/** vsftpd on a port of its own, into a folder, without a password. @returns its URL */
export async function ftpServer(t: TestContext, dir: string, root: string): Promise<string | null> {
  const vsftpd = programPath('vsftpd');
  if (vsftpd === null) return null;
  const port = await fixedPort(HOST);
  const settings = {
    listen: 'YES',
    listen_address: HOST,
    listen_port: port,
    background: 'NO',
    run_as_launching_user: 'YES',
    anonymous_enable: 'YES',
    no_anon_password: 'YES',
    anon_root: root,
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_world_readable_only: 'NO',
    allow_writeable_chroot: 'YES',
    anon_umask: '022',
    seccomp_sandbox: 'NO',
    xferlog_enable: 'NO',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const path = join(dir, 'vsftpd.conf');
  writeFileSync(path, `${lines.join('\n')}\n`);
  await daemon(t, port, vsftpd, [path]);
  return `ftp://${HOST}:${port}`;
}

/** Starts a server in the foreground and waits for its port; it ends with the test. */
async function daemon(t: TestContext, port: number, path: string, args: string[]): Promise<void> {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  child.stderr.on('data', (chunk) => chunks.push(String(chunk)));
  const exited = once(child, 'exit');
  t.after(() => {
    child.kill('SIGKILL');
    return exited;
  });
  await until(() => child.exitCode !== null || answers(port), {
    timeoutMs: 15_000,
    describe: () => chunks.join(''),
  });
  if (child.exitCode !== null) throw new Error(`${path} ended: ${chunks.join('')}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
