// The monitor as a fetch handler, for any server that speaks Request and Response.
import { InvalidArgumentError } from '@drover/core';
import { FleetView, type FleetViewOptions } from '../model/fleet-view.js';
import { makeApp } from './app.js';
import { auditToStderr, type Audit } from './audit.js';
import { EventFeed } from './events/feed.js';
import type { Auth } from './guards.js';
import { Redactor, type Redact } from './redact.js';
import { routes } from './routes.js';

/** What a monitor looks at, who may do so, and how. */
export interface MonitorOptions extends Pick<FleetViewOptions, 'connection' | 'prefix'> {
  /** The path that it is mounted under, where the server does not take that away: '/drover'. */
  basePath?: string;
  /**
   * Gives the user of a request: a name, or an object with a `name`; undefined: it is refused with
   * 401. It must not read the body. Default: everybody who reaches the monitor may use it.
   */
  auth?: Auth;
  /**
   * Nothing can be changed: there is no route for an action, and its queues and dispatchers refuse
   * each call that writes. Default: false.
   */
  readOnly?: boolean;
  /**
   * Leaves out arguments, values, annotations, results of `local.once` and failures of jobs, or
   * changes them; true: all of these, and the messages of failures. Filters by `text` are refused
   * then. Where it throws, the value is left out. Default: all is shown.
   */
  redact?: Redact | boolean;
  /** Called once for each action. Default: a line of JSON to standard error. */
  audit?: Audit;
  /** Called with each error of the connections and of the monitor itself. Default: none. */
  onError?: (error: Error) => void;
}

/** A monitor that runs. */
export interface Monitor {
  /** Answers a request. */
  fetch(request: Request): Promise<Response>;
  /** Ends the connections and the streams of events. */
  close(): Promise<void>;
}

/**
 * The HTTP API over all queues and dispatchers under a prefix. It connects in the background.
 * Without `auth` everybody who reaches it may look, and may act unless it is `readOnly`.
 * @throws InvalidArgumentError for a wrong option
 */
export function createMonitor(options: MonitorOptions = {}): Monitor {
  const { connection, prefix, readOnly = false, onError } = checked(options);
  const view = new FleetView({
    ...(connection !== undefined && { connection }),
    ...(prefix !== undefined && { prefix }),
    ...(onError && { onError }),
    ...{ whenUnavailable: 'fail', readOnly },
  });
  return monitorOver(view, options);
}

/**
 * The same over a view, which `close` closes.
 * @param every ms between two looks for events
 */
export function monitorOver(view: FleetView, options: MonitorOptions, every?: number): Monitor {
  const { auth, audit = auditToStderr, readOnly = false } = options;
  const { onError = () => {} } = options;
  const redactor = new Redactor(options.redact);
  const feed = new EventFeed({ view, redactor, onError, every });
  const app = makeApp({
    ...{ view, routes, feed, auth, audit, redactor, readOnly, onError },
    basePath: (options.basePath ?? '').replace(/\/+$/, '') || '/',
  });
  return {
    fetch: async (request) => await app.fetch(request),
    async close() {
      feed.end();
      await view.close();
    },
  };
}

/** A wrong name of an option could leave a monitor without `auth`. */
function checked(options: MonitorOptions): MonitorOptions {
  const {
    connection: _,
    prefix: __,
    basePath,
    auth,
    readOnly,
    redact,
    audit,
    onError,
    ...unknown
  } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new InvalidArgumentError(`createMonitor has no option ${name}`);
  if (basePath !== undefined && !/^\/\S*$/.test(basePath))
    throw new InvalidArgumentError("basePath begins with a slash: '/drover'");
  if (readOnly !== undefined && typeof readOnly !== 'boolean')
    throw new InvalidArgumentError('readOnly must be true or false');
  if (redact !== undefined && typeof redact !== 'boolean' && typeof redact !== 'function')
    throw new InvalidArgumentError('redact must be a function, or true or false');
  for (const [hook, given] of Object.entries({ auth, audit, onError }))
    if (given !== undefined && typeof given !== 'function')
      throw new InvalidArgumentError(`${hook} must be a function`);
  return options;
}
