/**
 * ms after which BullMQ's lock of a job expires: longer than any run. A claim ends by the death of
 * its dispatcher alone, which the lease tells (D3).
 */
export const LOCK_DURATION = 365 * 24 * 3_600_000;
