// The faults that a proxy makes, and the requests that they are for.
import { errorReply, stringsOf } from './resp.js';
import { shaOf } from './script-names.js';

/** Errors as Redis words them. */
const ERRORS = {
  READONLY: "READONLY You can't write against a read only replica.",
  NOREPLICAS: 'NOREPLICAS Not enough good replicas to write.',
  OOM: "OOM command not allowed when used memory > 'maxmemory'.",
  LOADING: 'LOADING Redis is loading the dataset in memory',
  TRYAGAIN: 'TRYAGAIN Multiple keys request during rehashing of slot',
} as const;

/**
 * NOSCRIPT is not answered by the proxy: the server itself is asked for a script that it does not
 * know.
 */
export type ErrorName = keyof typeof ERRORS | 'NOSCRIPT';

export const errorNames = [...Object.keys(ERRORS), 'NOSCRIPT'] as ErrorName[];

export type Fault =
  /**
   * The request does not arrive, and the connection is cut. Earlier requests are still answered.
   */
  | { kind: 'lose request' }
  /**
   * The request is carried out, its reply is swallowed, and the connection is cut. Of a command in
   * a MULTI: the reply to its EXEC.
   */
  | { kind: 'lose reply' }
  /** The connection is cut at once, with all that is under way. */
  | { kind: 'cut' }
  /**
   * Nothing passes either way, the connection stays open; after `ms`, or when the proxy is healed,
   * what was held arrives.
   */
  | { kind: 'black hole'; ms?: number }
  /** The request and what follows it arrive after `ms`. */
  | { kind: 'delay'; ms: number }
  /**
   * The request is not carried out, and answered with an error; a MULTI around it cannot be
   * executed any more.
   */
  | { kind: 'error'; error: ErrorName };

export type FaultKind = Fault['kind'];

/** A request of a client. */
export interface Request {
  /** In capitals. */
  command: string;
  /** The name of the script, of Drover's or BullMQ's, where it calls one. */
  script?: string;
  /** Whether the script is called by its hash. */
  byHash: boolean;
  args: readonly Buffer[];
  frame: Buffer;
}

/** The name of a script or of a command; or anything that can be seen of a request. */
export type Match = string | ((request: Request) => boolean);

export function matches(match: Match, request: Request): boolean {
  if (typeof match === 'function') return match(request);
  return request.script === match || request.command === match;
}

export function toRequest(frame: Buffer, names: ReadonlyMap<string, string>): Request {
  const [name = Buffer.alloc(0), ...args] = stringsOf(frame);
  const command = name.toString('latin1').toUpperCase();
  const byHash = command === 'EVALSHA';
  const [first] = args;
  let script: string | undefined;
  if (first && (byHash || command === 'EVAL'))
    script = names.get(byHash ? first.toString('latin1') : shaOf(first));
  return { command, ...(script !== undefined && { script }), byHash, args, frame };
}

const CONTROL = new Set([
  'HELLO',
  'AUTH',
  'SELECT',
  'CLIENT',
  'QUIT',
  'MULTI',
  'DISCARD',
  'WATCH',
  'UNWATCH',
  'RESET',
]);
const SUBSCRIBING = new Set([
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'PSUBSCRIBE',
  'PUNSUBSCRIBE',
  'SSUBSCRIBE',
  'SUNSUBSCRIBE',
]);

/**
 * Whether a server in trouble could answer a request with this error: what sets up a connection it
 * answers all the same.
 */
export function canFailWith(error: ErrorName, { command, byHash }: Request): boolean {
  return error === 'NOSCRIPT' ? byHash : !CONTROL.has(command) && !SUBSCRIBING.has(command);
}

/** Answered by pushed messages, as many as there are channels. */
export const isSubscribing = ({ command }: Request): boolean => SUBSCRIBING.has(command);

export const errorFor = (error: Exclude<ErrorName, 'NOSCRIPT'>): Buffer =>
  errorReply(ERRORS[error]);

/** The same call of a script that no server knows. */
export function withUnknownScript({ frame, args }: Request): Buffer {
  const changed = Buffer.from(frame);
  const sha = args[0] as Buffer;
  changed.fill('0', changed.indexOf(sha), changed.indexOf(sha) + sha.length);
  return changed;
}
