// The defaults of a queue hold for one put: another one that begins meanwhile, in a codec of the
// user's, has its own (R1).
import { putDefaults, withPutDefaults } from '../../src/job/put-defaults.js';

it('R1 a put inside another one leaves the defaults of that as they are, also where it throws', () => {
  const seen = withPutDefaults({ retryPolicy: 'outer' }, () => {
    const inner = withPutDefaults({ retryPolicy: 'inner' }, putDefaults);
    const throwing = (): unknown =>
      withPutDefaults({ retryPolicy: 'thrown' }, () => {
        throw new Error('no');
      });
    expect(throwing).toThrow('no');
    return [inner?.retryPolicy, putDefaults()?.retryPolicy];
  });
  expect(seen).toEqual(['inner', 'outer']);
  expect(putDefaults()).toBeUndefined();
});
