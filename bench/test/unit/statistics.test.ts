// Medians and percentiles, on which every figure of the benchmark rests.
import { median, percentile } from '../../statistics.js';

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[10, 1, 3, 2], 2.5],
  [[9, 10, 100], 10],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
  [0, 1],
])('the percentile %d of the numbers from 1 to 100 is %d', (fraction, expected) => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(values, fraction)).toBe(expected);
});

test('neither changes the values', () => {
  const values = [3, 1, 2];
  median(values);
  percentile(values, 0.5);
  expect(values).toEqual([3, 1, 2]);
});
