// Hears at once that jobs which run here were cancelled, and aborts their signals (O1). Redis tells
// it by a channel: nothing is polled. A word that does not come is made up for by the audit, and by
// the commit, which is refused.
import { CancelledError } from '@drover/core';
import {
  clientSettings,
  connect,
  DispatcherKeys,
  endClient,
  isFailure,
  isObject,
  orUndefined,
  parsed,
  type RedisClient,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { DispatcherContext } from '../context/context.js';
import { subscribe } from './subscribe.js';

/** What `takeCancelled` publishes; `failure` is JSON. */
interface Message {
  jobId: string;
  token: string;
  failure: string;
}

/** Anybody may publish there: what is nothing of ours is passed over (B1). */
function isMessage(value: unknown): value is Message {
  if (!isObject<Message>(value)) return false;
  return [value.jobId, value.token, value.failure].every((part) => typeof part === 'string');
}

export class CancelSignals {
  readonly #client: RedisClient;
  readonly #stop: () => void;

  /** @param onGap word may have been missed: the channel is heard from now on only */
  constructor({ settings, prefix }: DispatcherContext, activation: Activation, onGap: () => void) {
    const channel = new DispatcherKeys(prefix).cancelled(settings.uuid);
    // What is wrong with Redis is told by the other connections.
    const ignore = (): void => {};
    this.#client = connect(
      settings.target,
      { ...clientSettings.reading, autoResubscribe: false },
      ignore,
    );
    this.#stop = subscribe(this.#client, channel, onGap);
    this.#client.on('message', (_channel: string, message: string) => {
      const said = orUndefined(() => parsed('message', message, isMessage));
      const failure = orUndefined(() => parsed('failure', said?.failure, isFailure));
      if (said && failure)
        activation.stopRun(said.jobId, said.token, new CancelledError(failure.message));
    });
  }

  async end(): Promise<void> {
    this.#stop();
    await endClient(this.#client);
  }
}
