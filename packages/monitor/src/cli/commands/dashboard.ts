// `drover dashboard`: serves the page and the API of the monitor, for this host alone by default.
import { once } from 'node:events';
import type { Command } from 'commander';
import { cleanJson } from '../../text/clean.js';
import { isLoopback } from '../../serve/addresses.js';
import { WrongUse, type Act } from '../command.js';
import { numberIn } from '../values.js';

export function addDashboard(program: Command, act: Act): void {
  const command = program
    .command('dashboard')
    .description('serves the page in which a browser sees and operates all of it; Ctrl-C ends it')
    .option('--port <number>', 'of the server; 0: one that is free', '9465')
    .option('--host <address>', 'where it listens: 0.0.0.0 lets the network use it', '127.0.0.1')
    .option('--auth <user:password>', 'who may use it; prefer $DROVER_AUTH')
    .option('--read-only', 'nothing can be changed')
    .option('--i-know', 'everybody in the network may look: with --read-only')
    .addHelpText(
      'after',
      '\nExamples:\n  drover dashboard\n  DROVER_AUTH=ann:secret drover dashboard --host 0.0.0.0',
    );
  act(command, async ({ view, screen, terminal, isJson }, _, options) => {
    const { readOnly = false, iKnow = false } = options as { readOnly?: boolean; iKnow?: boolean };
    const host = String(options['host']);
    const credentials = credentialsIn(options['auth'], terminal.env['DROVER_AUTH']);
    if (!isLoopback(host) && credentials === undefined && !(readOnly && iKnow))
      throw new WrongUse(
        `--host ${host} lets the network use the page: give --auth, or $DROVER_AUTH, or ` +
          '--read-only with --i-know',
      );
    const place = { port: numberIn('--port', options['port'], 0), host };
    // The other commands start sooner without a server.
    const { serveMonitor } = await import('../../http/serve-monitor.js');
    const server = await serveMonitor(view, place, {
      ...{ readOnly, credentials },
      audit: (entry) => terminal.err(`${cleanJson(entry)}\n`),
      onError: ({ message }) => screen.error(message),
    });
    try {
      const url = `${server.url}/`;
      if (isJson) screen.record({ url });
      else screen.line(`The page is at ${url}. Ctrl-C ends it.`);
      if (!terminal.signal.aborted) await once(terminal.signal, 'abort');
    } finally {
      await server.close();
    }
  });
}

/** Neither of them is shown. @throws WrongUse */
function credentialsIn(option: unknown, variable: string | undefined): string | undefined {
  const credentials = typeof option === 'string' ? option : variable;
  if (credentials === undefined || (credentials === '' && option === undefined)) return undefined;
  if (/^[^:]+:./.test(credentials)) return credentials;
  const where = option === undefined ? '$DROVER_AUTH' : '--auth';
  throw new WrongUse(`${where} takes user:password, neither of them empty`);
}
