// The one version of BullMQ whose keys and scripts this folder knows.
import { version } from 'bullmq/dist/cjs/version.js';
import { UnsupportedError } from '../../errors.js';

/**
 * Drover's own scripts are written against the key layout of this version; a contract test holds
 * them together.
 */
export const BULLMQ_VERSION = '6.7.0';

/** @throws UnsupportedError where another version of BullMQ is installed. */
export function assertBullMqVersion(): void {
  if (version === BULLMQ_VERSION) return;
  throw new UnsupportedError(
    `Drover needs bullmq ${BULLMQ_VERSION} exactly, but ${version} is installed: remove the other version or override it`,
  );
}
