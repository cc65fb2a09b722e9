// TLS with certificates on both sides, by URL and by options, in the heartbeat thread too (B3).
import { parallel } from '@drover/composite';
import { defineTask, Queue, type ConnectionInput } from '@drover/core';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { freePort, startRedis } from '../../../../test/kit/redis-server.js';
import { collect, dispatchersIn } from './dispatchers.js';

const prefix = '{drover}';
const increase = defineTask('tls.increase', (n: number) => n + 1);
const isMissing = spawnSync('openssl', ['version']).status !== 0;
const test = isMissing ? it.skip : it;

function certificate(): { dir: string; ca: Buffer } {
  const dir = mkdtempSync(join(tmpdir(), 'drover-test-tls-'));
  const file = (name: string): string => join(dir, name);
  const subject = [
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
  ];
  const output = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
  const how = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  execFileSync('openssl', ['req', ...how, ...output, ...subject], { stdio: 'ignore' });
  return { dir, ca: readFileSync(file('cert.pem')) };
}

test('B3 jobs run over TLS, and an untrusted certificate is refused', async () => {
  const { dir, ca } = certificate();
  const port = await freePort();
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
  await startRedis({ args: ['--tls-port', String(port), '--tls-auth-clients', 'yes', ...files] });
  const tls = { ca, cert: readFileSync(cert), key: readFileSync(key) };
  const connection: ConnectionInput = { host: '127.0.0.1', port, tls };
  const queue = new Queue('secret', { connection, prefix });
  const dispatcher = dispatchersIn({ redisUrl: connection, prefix } as never).make('secret');
  cleanUpLater(() => queue.close());
  const errors = collect(dispatcher, 'error');
  await dispatcher.activate();
  const job = await queue.put(parallel([increase.job(1), increase.job(2)]));
  expect(await job.wait({ timeout: 10_000 })).toEqual([2, 3]);
  expect(errors).toEqual([]);

  const stranger = new Queue('secret', {
    connection: `rediss://127.0.0.1:${port}`,
    whenUnavailable: 'fail',
  });
  await expect(stranger.length()).rejects.toThrow(
    /shows a certificate that is not trusted \(self-signed certificate\)/,
  );
  await stranger.close();
});
