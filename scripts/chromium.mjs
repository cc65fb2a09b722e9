// The browser of the tests: Debian's chromium, which is installed where it is missing.
import { existsSync } from 'node:fs';
import { installPackages } from './apt.mjs';

/** packages/monitor/test/browser/browser.ts names it too. */
const chromium = '/usr/bin/chromium';

/** Without it the tests of the page fail, and say so. */
export function ensureChromium() {
  if (!existsSync(chromium)) installPackages('Chromium', 'chromium');
}
