// The monitor on a server of its own.
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { FleetView } from '../model/fleet-view.js';
import { isLoopback, namesThisHost } from '../serve/addresses.js';
import { listen, type Place, type RunningServer } from '../serve/listen.js';
import { basicAuth, CHALLENGE } from './basic-auth.js';
import { monitorOver, type MonitorOptions } from './monitor.js';
import { answerOf, Problem } from './problem.js';

export interface ServeOptions extends Pick<MonitorOptions, 'readOnly' | 'audit' | 'onError'> {
  /** user:password; undefined: everybody who reaches it may use it. */
  credentials: string | undefined;
}

/**
 * Serves a monitor over a view. `close` ends the view, too.
 * @throws as `listen`
 */
export async function serveMonitor(
  view: FleetView,
  place: Place,
  { credentials, ...options }: ServeOptions,
): Promise<RunningServer> {
  const auth = credentials === undefined ? undefined : basicAuth(credentials);
  const monitor = monitorOver(view, { ...options, ...(auth && { auth }) });
  const isOpen = auth === undefined && isLoopback(place.host);
  const answer = async (request: Request): Promise<Response> => {
    if (isOpen && !namesThisHost(request.headers.get('host') ?? '')) return otherHost();
    const response = await monitor.fetch(request);
    if (response.status === 401) response.headers.set('WWW-Authenticate', CHALLENGE);
    return response;
  };
  const server = createAdaptorServer({ fetch: answer }) as Server;
  const running = await listen(server, place);
  return {
    ...running,
    async close() {
      await monitor.close();
      await running.close();
    },
  };
}

function otherHost(): Response {
  const problem = new Problem(403, 'OTHER_HOST', 'open this page by localhost or its IP address');
  return Response.json(answerOf(problem), { status: problem.status });
}
