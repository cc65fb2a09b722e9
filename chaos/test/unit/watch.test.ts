// The sampler can fail: what may not be seen at any moment is found, and nothing where all is well.
import { Watch } from '../../check/watch.js';

const orphan = '{chaos}:work:job dead:1:1';
/** With a death interval of 1 s: whoever looks after the dead has 13 s. */
function seen(
  looks: readonly [at: number, look: Partial<Parameters<Watch['look']>[0]> | 'nothing'][],
): unknown[] {
  const watch = new Watch(1_000);
  for (const [at, look] of looks) {
    if (look === 'nothing') watch.nothingSeen();
    else watch.look({ held: [0, 0], orphans: [], live: ['other:1'], ...look }, at);
  }
  return watch.violations.map(({ rule, job }) => (job ? `${rule} ${job}` : rule));
}

it('a correct history has no violation', () => {
  expect(
    seen([
      [0, { held: [1, 2] }],
      [60_000, { held: [1, 2] }],
    ]),
  ).toEqual([]);
});

it('Q5 a quota that is held by more jobs than its size', () => {
  expect(seen([[0, { held: [2, 2] }]])).toEqual(['Q5']);
  expect(seen([[0, { held: [1, 3] }]])).toEqual(['Q5']);
});

it('I1 a job that stays with a dead owner while others live, said once', () => {
  expect(seen([0, 12_900, 13_000, 20_000].map((at) => [at, { orphans: [orphan] }]))).toEqual([
    'I1 job',
  ]);
});

it('I1 a job of a dead owner is no violation while no dispatcher lives or Redis is away', () => {
  const orphans = [orphan];
  expect(
    seen([
      [0, { orphans }],
      [12_000, {}],
      [14_000, { orphans }],
    ]),
  ).toEqual([]);
  expect(
    seen([
      [0, { orphans, live: [] }],
      [60_000, { orphans, live: [] }],
    ]),
  ).toEqual([]);
  expect(
    seen([
      [0, { orphans, live: [] }],
      [12_000, { orphans }],
      [20_000, { orphans }],
    ]),
  ).toEqual([]);
  expect(
    seen([
      [0, { orphans }],
      [10_000, 'nothing'],
      [14_000, { orphans }],
    ]),
  ).toEqual([]);
});
