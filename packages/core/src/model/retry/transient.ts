// Recognises failures of infrastructure that pass by themselves, such as a lost connection (R2),
// however deep they are in the error that the task threw.
import { getSystemErrorMap } from 'node:util';
import { isError } from '../../lib/careful.js';
import { Failure } from '../../codec/failure.js';

const CODES = new Set(
  [
    // Of the operating system, and of looking up a name.
    'ECONNRESET ECONNREFUSED ECONNABORTED ETIMEDOUT EPIPE ENOTFOUND EAI_AGAIN EHOSTUNREACH',
    'ENETUNREACH ENETDOWN ENETRESET EHOSTDOWN ENOTCONN ESOCKETTIMEDOUT',
    // Of Node: sockets, streams that end too early, HTTP/2.
    'ERR_SOCKET_CLOSED ERR_SOCKET_CONNECTION_TIMEOUT ERR_STREAM_PREMATURE_CLOSE',
    'ERR_HTTP2_STREAM_ERROR ERR_HTTP2_SESSION_ERROR ERR_HTTP2_GOAWAY_SESSION',
    // Of `fetch`, which is undici.
    'UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT',
    // Of databases: PostgreSQL lost its connection, or is being stopped; MySQL lost its own.
    '08000 08001 08003 08006 57P01 57P02 57P03 PROTOCOL_CONNECTION_LOST',
    'DROVER_UNAVAILABLE',
  ].flatMap((codes) => codes.split(' ')),
);
const NAMES = new Set(['MaxRetriesPerRequestError', 'ConnectionClosedError', 'MongoNetworkError']);
const MESSAGE =
  /^((LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN)\b|Connection is closed|Reached the max retries)/;

/**
 * Whether a failure passes by itself, or a failure inside it does: its cause, an error of an
 * AggregateError, or an error in one of its fields, where some libraries keep it. One of several
 * errors suffices: once it has passed, the others alone decide.
 */
export function isTransient(failure: Failure): boolean {
  return isTransientItself(failure) || below(failure).some(isTransient);
}

function isTransientItself({ name, message, code, fields }: Failure): boolean {
  return (
    CODES.has(code ?? '') ||
    CODES.has(nameOfErrno(fields['errno'])) ||
    NAMES.has(name) ||
    MESSAGE.test(message) ||
    (/timeout/i.test(name) && fields['retryable'] === true)
  );
}

/** The failures inside a failure: it is a tree of at most a hundred errors. */
function below({ cause, errors, fields }: Failure): Failure[] {
  const inFields = Object.values(fields).filter(isError).map(Failure.from);
  return [...(cause ? [cause] : []), ...errors, ...inFields];
}

/** The name of a system error: libraries pass its number on, some put the name in its place. */
function nameOfErrno(errno: unknown): string {
  if (typeof errno === 'string') return errno;
  return typeof errno === 'number' ? (getSystemErrorMap().get(errno)?.[0] ?? '') : '';
}
