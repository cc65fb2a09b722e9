// A Redis may refuse a client until somebody changes a setting, such as a wrong password or a
// missing database. To wait would be in vain: an error says at once what to do (B2, B3).
import { isError, propertyOf } from '../lib/careful.js';
import { nameOfTarget, type RedisTarget } from './redis-target.js';
import { redacted } from './redact-command.js';
import { UnsupportedError } from '../errors.js';

/** By the reply of Redis, or the code of an error of TLS: what is wrong, and what to do. */
const REFUSALS: readonly (readonly [said: RegExp, what: string, cure: string])[] = [
  [
    /\bWRONGPASS\b|\binvalid password\b/,
    'refuses the user or the password',
    'Check both in `connection`, or in $REDIS_URL: redis://user:password@host:port',
  ],
  [
    /\bNOAUTH\b/,
    'wants a password',
    'Give it in `connection`, or in $REDIS_URL: redis://:password@host:port',
  ],
  [
    /\bwithout any password configured\b|\bno password is set\b/,
    'has no password, and was given one',
    'Leave the password out of `connection`, or of $REDIS_URL',
  ],
  [
    /\bNOPERM\b/,
    'does not allow its user all that Drover needs',
    'Give the user the rights of "Least rights" in docs/guides/operating.md',
  ],
  [
    /\bDB index\b/,
    'does not have that database',
    'Use one that is there, such as 0: ' +
      'redis.conf says by `databases` how many there are, 16 by default',
  ],
  [
    /\bSELECT is not allowed\b/,
    'is a part of a Cluster, which has database 0 alone',
    'Leave the database out',
  ],
  [
    /^DENIED\b/,
    'is in protected mode, and takes no connection from other hosts',
    'Give it a password, or a bind',
  ],
  [
    /^(Protocol error, got|Unknown RESP type)\b/,
    'answers in another protocol',
    'Check host and port: another service is there',
  ],
  [
    /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT)/,
    'shows a certificate that is not trusted',
    'Give the certificate of its authority: connection: { host, port, tls: { ca } }',
  ],
  [
    /^(ERR_SSL_WRONG_VERSION|ERR_SSL_PACKET_LENGTH|EPROTO$)/,
    'does not speak TLS at this port',
    'Write redis:// in place of rediss://, or leave `tls` out',
  ],
];

/**
 * The error to throw for such a refusal; undefined for any other error. For a Cluster the error of
 * its last node counts; for sentinels, their last error.
 */
export function refusedConnection(
  error: unknown,
  target: RedisTarget,
): UnsupportedError | undefined {
  if (!isError(error)) return undefined;
  const said = [
    propertyOf(error, 'code'),
    error.message,
    propertyOf(propertyOf(error, 'lastNodeError'), 'message'),
  ];
  for (const text of said) {
    if (typeof text !== 'string') continue;
    const found = REFUSALS.find(([pattern]) => pattern.test(text));
    if (!found) continue;
    const [, what, cure] = found;
    return new UnsupportedError(`${nameOfTarget(target)} ${what} (${error.message}). ${cure}.`, {
      cause: redacted(error),
    });
  }
  return undefined;
}
