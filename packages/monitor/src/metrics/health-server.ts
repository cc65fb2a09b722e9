// The HTTP server of a worker, for the probes of an orchestrator and for Prometheus.
import { checkOptions } from '@drover/core';
import type { Registry } from 'prom-client';
import type { RunningServer } from '../serve/listen.js';
import { checkDispatcher, dispatcherMetrics } from './dispatcher-metrics.js';
import { metricsPage } from './metrics-page.js';
import { servePages, type Page } from './serve-pages.js';
import type { WatchedDispatcher } from './watched-dispatcher.js';

export interface HealthServerOptions {
  /** A `Dispatcher` of @drover/worker. */
  dispatcher: WatchedDispatcher;
  /** 0: one that is free. */
  port: number;
  /** Default: 127.0.0.1. The probes of Kubernetes need 0.0.0.0, or `::` for IPv6. */
  host?: string;
  /** For /metrics. Default: a new one with the metrics of the dispatcher (`dispatcherMetrics`). */
  register?: Registry;
}

/** `url`: such as http://127.0.0.1:9464. */
export interface HealthServer extends RunningServer, AsyncDisposable {}

/**
 * Serves /livez and /readyz, with the status 200 or 503 and `dispatcher.health()` as JSON, and
 * /metrics. Call it before `activate`. It does not end with the dispatcher: close it.
 * @throws InvalidArgumentError for a wrong option; else as `listen` of node:net, where the port is
 *   taken
 */
export async function healthServer(options: HealthServerOptions): Promise<HealthServer> {
  checkOptions('healthServer', options, ['dispatcher', 'port', 'host', 'register']);
  const { dispatcher, port, host = '127.0.0.1' } = options;
  checkDispatcher(dispatcher);
  const own = options.register ? undefined : dispatcherMetrics(dispatcher);
  const register = options.register ?? own?.register;
  const probe = (of: 'live' | 'ready') => (): Page => {
    const health = dispatcher.health();
    const status = health[of] ? 200 : 503;
    return { status, type: 'application/json', body: `${JSON.stringify(health)}\n` };
  };
  const pages = {
    '/livez': probe('live'),
    '/readyz': probe('ready'),
    ...(register && { '/metrics': () => metricsPage(register) }),
  };
  const server = await servePages(pages, { port, host }).catch((error: unknown) => {
    own?.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    own?.close();
    await server.close();
  };
  return { url: server.url, port: server.port, close, [Symbol.asyncDispose]: close };
}
