// Ends everything that a test file has started, last first, also where its tests failed.

type Cleanup = () => void | Promise<void>;

const cleanups: Cleanup[] = [];

export function cleanUpLater(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

// A compiled program may use the kit too; there is no `afterAll` there, and its end is its parent's
// business.
if (typeof afterAll === 'function') {
  afterAll(async () => {
    const errors: unknown[] = [];
    for (const cleanup of cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0)
      throw new AggregateError(errors, 'cleaning up after this test file failed');
  });
}
