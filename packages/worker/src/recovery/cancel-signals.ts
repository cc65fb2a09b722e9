// Aborts the signals of runs whose jobs are cancelled (O1). A script publishes each cancel to a
// channel of the dispatcher, so nothing is polled. If a message is lost, a reconcile pass or the
// refused commit tells the run.
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

/** The message that the script `takeCancelled` publishes. `failure` is JSON. */
interface Message {
  jobId: string;
  token: string;
  failure: string;
}

/** Other programs may publish to the channel too: their messages are ignored (B1). */
function isMessage(value: unknown): value is Message {
  if (!isObject<Message>(value)) return false;
  return [value.jobId, value.token, value.failure].every((part) => typeof part === 'string');
}

export class CancelSignals {
  readonly #client: RedisClient;
  readonly #stop: () => void;

  /** @param onGap called with each subscription: messages before it may have been missed */
  constructor({ settings, prefix }: DispatcherContext, activation: Activation, onGap: () => void) {
    const channel = new DispatcherKeys(prefix).cancelled(settings.uuid);
    // The other connections report Redis errors.
    const ignore = (): void => {};
    this.#client = connect(
      settings.target,
      { ...clientSettings.reading, autoResubscribe: false },
      ignore,
    );
    this.#stop = subscribe(this.#client, channel, onGap);
    this.#client.on('message', (_channel: string, message: string) => {
      const cancelled = orUndefined(() => parsed('message', message, isMessage));
      const failure = orUndefined(() => parsed('failure', cancelled?.failure, isFailure));
      if (cancelled && failure)
        activation.stopRun(cancelled.jobId, cancelled.token, new CancelledError(failure.message));
    });
  }

  async end(): Promise<void> {
    this.#stop();
    await endClient(this.#client);
  }
}
