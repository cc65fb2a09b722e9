// All scenarios, in the order in which they run.
import { leak } from './leak.js';
import { page } from './page.js';
import { pending } from './pending.js';
import { pings } from './pings.js';
import { reads } from './reads.js';
import { recovery } from './recovery.js';
import type { Scenario } from './scenario.js';

export const scenarios: readonly Scenario[] = [recovery, pings, pending, reads, page, leak];
