// A dispatcher that logs many lines when it has stopped, with the logger that $LOGGER names: none
// of them may be lost.
import { Dispatcher } from '@drover/worker';
import { pino, type Logger } from 'pino';

const loggers: Record<string, () => Logger | undefined> = {
  default: () => undefined,
  async: () => pino(pino.destination({ sync: false })),
  buffered: () => pino(pino.destination({ sync: false, minLength: 12_000 })),
  transport: () => pino({ transport: { target: 'pino/file' } }),
};

const logger = loggers[process.env['LOGGER'] ?? '']?.();
const dispatcher = new Dispatcher({
  prefix: process.env['PREFIX'] ?? '',
  uuid: process.env['DROVER_UUID'] ?? '',
  queues: { jobs: { main: {} } },
  ...(logger && { logger }),
});
if (logger)
  dispatcher.on('deactivated', () =>
    Array.from({ length: 50 }, (_, i) => logger.info(`line ${i}.`)),
  );
await dispatcher.activate();
process.send?.('active');
