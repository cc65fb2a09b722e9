// Functions of the user's that are told of trouble: where one fails itself, nobody else is there to
// hear of it but the process.
import { tellSafely } from './at-once.js';
import { InvalidArgumentError } from '../errors.js';
import { textOfThrown } from './thrown.js';

/**
 * What to do with what was thrown: the first time it is a warning of the process, which goes to
 * standard error.
 */
export function warnOnce(what: string): (thrown: unknown) => void {
  let isSaid = false;
  return (thrown) => {
    if (!isSaid) process.emitWarning(`${what} failed: ${textOfThrown(thrown)}`, 'DroverWarning');
    isSaid = true;
  };
}

/**
 * The option `onError` of a queue. What it throws would end the process: the client of Redis would
 * throw it out of the event loop.
 * @throws InvalidArgumentError where it is no function
 */
export function toErrorListener(
  queue: string,
  onError: unknown = () => {},
): (error: Error) => void {
  if (typeof onError !== 'function') throw new InvalidArgumentError('onError must be a function');
  const onFailed = warnOnce(`onError of the queue ${queue}`);
  return (error) => tellSafely(() => (onError as (error: Error) => unknown)(error), onFailed);
}
