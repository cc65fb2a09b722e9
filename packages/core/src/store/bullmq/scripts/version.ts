// The one version of BullMQ that Drover works with.
import { version } from 'bullmq/dist/cjs/version.js';
import { UnsupportedError } from '../../../errors.js';

/** Drover's scripts use the keys of this version. A contract test compares the two. */
export const BULLMQ_VERSION = '6.7.0';

/** @throws UnsupportedError where another version of BullMQ is installed. */
export function assertBullMqVersion(): void {
  if (version === BULLMQ_VERSION) return;
  throw new UnsupportedError(
    `Drover needs bullmq ${BULLMQ_VERSION} exactly, but ${version} is installed: ` +
      'remove the other version or override it',
  );
}
