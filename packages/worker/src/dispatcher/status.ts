// The status of a dispatcher, and which status may follow which.
import { BadStatusError } from '@drover/core';

export const DispatcherStatus = {
  /** Created, or its activation failed: it can be activated. */
  NEW: 'new',
  /** It waits for its UUID to be free, or interrupts what an earlier activation left. */
  ACTIVATING: 'activating',
  /** It claims and runs jobs. */
  ACTIVE: 'active',
  /** It claims no more jobs, and waits for those that run. */
  DEACTIVATING: 'deactivating',
  /** It has ended, and cannot be activated again. */
  DEACTIVATED: 'deactivated',
} as const;
export type DispatcherStatus = (typeof DispatcherStatus)[keyof typeof DispatcherStatus];

const transitions: Readonly<Record<DispatcherStatus, readonly DispatcherStatus[]>> = {
  new: ['activating', 'deactivated'],
  activating: ['active', 'activating', 'deactivating', 'new'],
  active: ['activating', 'deactivating'],
  deactivating: ['deactivated'],
  deactivated: [],
};

/** @throws BadStatusError for any other transition: it is a bug of the dispatcher */
export function checkTransition(uuid: string, from: DispatcherStatus, to: DispatcherStatus): void {
  if (transitions[from].includes(to)) return;
  throw new BadStatusError(`dispatcher ${uuid} is ${from}: it cannot become ${to}`);
}
