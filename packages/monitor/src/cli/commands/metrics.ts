// `drover metrics`: the state of the fleet for Prometheus.
import { once } from 'node:events';
import type { Command } from 'commander';
import type { Act } from '../command.js';
import { numberIn } from '../values.js';

export function addMetrics(program: Command, act: Act): void {
  const command = program
    .command('metrics')
    .description('serves /metrics for Prometheus: queues, quotas, dispatchers; Ctrl-C ends it')
    .option('--port <number>', 'of the server', '9464')
    .option('--host <address>', 'where it listens: 0.0.0.0 lets the network read it', '127.0.0.1');
  act(command, async ({ view, screen, terminal, isJson }, _, options) => {
    // The other commands start sooner without prom-client.
    const { fleetMetrics } = await import('../../metrics/fleet-metrics.js');
    const { metricsPage } = await import('../../metrics/metrics-page.js');
    const { servePages } = await import('../../metrics/serve-pages.js');
    const { register } = fleetMetrics(view);
    const place = { port: numberIn('--port', options['port'], 0), host: String(options['host']) };
    const server = await servePages({ '/metrics': () => metricsPage(register) }, place);
    try {
      const url = `${server.url}/metrics`;
      if (isJson) screen.record({ url });
      else screen.line(`Metrics are at ${url}. Ctrl-C ends it.`);
      if (!terminal.signal.aborted) await once(terminal.signal, 'abort');
    } finally {
      await server.close();
    }
  });
}
