// The page of the monitor on the run of this demo, for this host alone.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createMonitor } from '@drover/monitor';

export interface Dashboard {
  url: string;
  end(): Promise<void>;
}

export async function startDashboard(prefix: string): Promise<Dashboard> {
  const monitor = createMonitor({ prefix, audit: () => {} });
  const fetch = (request: Request): Promise<Response> => monitor.fetch(request);
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async end() {
      await monitor.close();
      server.close();
    },
  };
}
