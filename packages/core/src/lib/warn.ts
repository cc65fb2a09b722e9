// Listeners of the user for errors, and loggers. Where one of them fails itself, a warning of the
// process says so.
import { tellSafely } from './at-once.js';
import { InvalidArgumentError } from '../errors.js';
import { textOfThrown } from './thrown.js';

/** Makes a function that reports the first failure of `what` as a warning of the process. */
export function warnOnce(what: string): (thrown: unknown) => void {
  let isSaid = false;
  return (thrown) => {
    if (!isSaid) process.emitWarning(`${what} failed: ${textOfThrown(thrown)}`, 'DroverWarning');
    isSaid = true;
  };
}

/**
 * The option `onError` of a queue, made safe: an error that it throws would end the process, since
 * the client of Redis would throw it out of the event loop.
 * @throws InvalidArgumentError where it is not a function
 */
export function toErrorListener(of: string, onError: unknown = () => {}): (error: Error) => void {
  if (typeof onError !== 'function') throw new InvalidArgumentError('onError must be a function');
  const onFailed = warnOnce(`onError of ${of}`);
  return (error) => tellSafely(() => (onError as (error: Error) => unknown)(error), onFailed);
}
