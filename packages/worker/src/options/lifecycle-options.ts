// The options of `activate` and `deactivate`, and their checks.
import { checkOptions, InvalidArgumentError } from '@drover/core';
import { checkMs } from '@drover/core/internal';

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
  checkMs('grace', grace);
  return grace;
}
