// Hears at once that jobs which run here were cancelled, and aborts their signals (O1). Redis tells it by a channel: nothing is polled. A word
// that does not come is made up for by the audit, and by the commit, which is refused.
import { CancelledError } from '@drover/core';
import { clientSettings, connect, DispatcherKeys, type RedisClient } from '@drover/core/internal';
import type { Activation } from './activation.js';
import type { DispatcherContext } from './context.js';

/** What `takeCancelled` publishes; `failure` is JSON. */
interface Message {
  jobId: string;
  token: string;
  failure: string;
}

export class CancelSignals {
  readonly #client: RedisClient;

  /** @param onGap word may have been missed: the channel is heard from now on only */
  constructor({ settings, prefix }: DispatcherContext, activation: Activation, onGap: () => void) {
    const channel = new DispatcherKeys(prefix).cancelled(settings.uuid);
    // What is wrong with Redis is told by the other connections.
    const ignore = (): void => {};
    this.#client = connect(settings.place, { ...clientSettings.reading, autoResubscribe: false }, ignore);
    this.#client.on('ready', () => void this.#client.subscribe(channel).then(onGap, ignore));
    this.#client.on('message', (_channel: string, message: string) => {
      const { jobId, token, failure } = JSON.parse(message) as Message;
      const { message: reason } = JSON.parse(failure) as { message: string };
      activation.stopRun(jobId, token, new CancelledError(reason));
    });
  }

  end(): void {
    this.#client.disconnect();
  }
}
