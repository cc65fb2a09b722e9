// The options of `activate` and `deactivate`, and their checks.
import { checkOptions, InvalidArgumentError } from '@drover/core';

export interface ActivateOptions {
  /**
   * Whether to wait while another process is active under this UUID (D1). If false, `activate`
   * throws an AlreadyActivatedError. Default true.
   */
  wait?: boolean;
}

export interface DeactivateOptions {
  /**
   * Milliseconds for which running jobs may go on, with `local.signal` aborted, before they are
   * interrupted. Of several calls the earliest end counts. Default 0.
   */
  grace?: number;
}

/** @throws InvalidArgumentError */
export function toWait(options: ActivateOptions): boolean {
  checkOptions('activate', options, ['wait']);
  const { wait = true } = options;
  if (typeof wait !== 'boolean') throw new InvalidArgumentError('wait must be true or false');
  return wait;
}

/** @throws InvalidArgumentError */
export function toGrace(options: DeactivateOptions): number {
  checkOptions('deactivate', options, ['grace']);
  const { grace = 0 } = options;
  if (typeof grace !== 'number' || !(grace >= 0))
    throw new InvalidArgumentError('grace must be a number of ms that is not negative');
  return grace;
}
