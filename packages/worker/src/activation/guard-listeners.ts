// Guards the listeners of `local.signal`. Without this an error of a listener would be an uncaught
// exception, which ends the process and all its running jobs.
import { tellSafely } from '@drover/core/internal';

type Call = (event: Event) => unknown;
type Listener = Call | { handleEvent(event: Event): unknown };

/** Passes what a listener of `signal` throws or rejects with to `onFailed`. */
export function guardListeners(signal: AbortSignal, onFailed: (thrown: unknown) => void): void {
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  // By listener, so that a listener can be removed, and one added twice is called once.
  const guards = new WeakMap<object, Call>();
  const guardOf = (listener: Listener): never => {
    const isListener =
      typeof listener === 'function' || (typeof listener === 'object' && listener !== null);
    if (!isListener) return listener as never;
    const call: Call = (event) =>
      typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event);
    const guard = guards.get(listener) ?? ((event) => tellSafely(() => call(event), onFailed));
    guards.set(listener, guard);
    return guard as never;
  };
  let onabort: Call | null = null;
  const callOnabort: Call = (event) => onabort?.call(signal, event);
  Object.defineProperties(signal, {
    addEventListener: {
      value: (type: string, listener: Listener, options?: object) =>
        add(type, guardOf(listener), options),
    },
    removeEventListener: {
      value: (type: string, listener: Listener, options?: object) =>
        remove(type, guardOf(listener), options),
    },
    onabort: {
      get: () => onabort,
      set: (listener: unknown) => {
        onabort = typeof listener === 'function' ? (listener as Call) : null;
        if (onabort) add('abort', guardOf(callOnabort));
        else remove('abort', guardOf(callOnabort));
      },
    },
  });
}
