// A Redis that refuses a client until somebody changes a setting: a wrong password, a database that
// is not there. Waiting for it would be in vain, so that it is told at once, with what to do (B2,
// B3).
import { isError, propertyOf } from '../lib/careful.js';
import { nameOfTarget, type RedisTarget } from './redis-target.js';
import { redacted } from './redact-command.js';
import { UnsupportedError } from '../errors.js';

/** By what Redis replies, or the code of an error of TLS: what is wrong, and what to do. */
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
    'Use one that is there, such as 0: redis.conf says by `databases` how many there are, 16 by default',
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
 * The error that says so, where an error comes of such a refusal; else undefined. Of a Cluster,
 * what its last node said counts; of sentinels, their last error.
 */
export function refusedConnection(
  error: unknown,
  place: RedisTarget,
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
    return new UnsupportedError(`${nameOfTarget(place)} ${what} (${error.message}). ${cure}.`, {
      cause: redacted(error),
    });
  }
  return undefined;
}
