// Prints `N passed, N failed` for .ci/run, and fails where something failed.
//
//   count.mjs <exit status of check> <exit status of the tests> <jest's results as JSON>
import { readFileSync } from 'node:fs';

const [check, tests, file] = process.argv.slice(2);
let passed = 0;
let failed = 0;

if (check === '0') passed += 1;
else failed += 1;

const results = readResults();
if (results !== undefined) {
  // A test file that could not run at all counts as one failure.
  const failures = results.numFailedTests + results.numRuntimeErrorTestSuites;
  passed += results.numPassedTests;
  failed += failures;
  if (failures === 0 && (tests !== '0' || results.numTotalTests === 0)) failed += 1;
} else {
  failed += 1; // jest did not run
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readResults() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
