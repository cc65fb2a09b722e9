// Helpers for tests that need a dispatcher.
export { runInline, type RunInlineOptions } from './run-inline.js';
