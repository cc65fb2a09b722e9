/**
 * ms after which BullMQ's lock of a job expires: longer than any run. The lease of a dispatcher,
 * and not its locks, says whether it lives (D3).
 */
export const LOCK_DURATION = 365 * 24 * 3_600_000;
