// Odd texts in the place of a name (B2).
import fc from 'fast-check';

const LONG = 10_000;

const oddText = fc.constantFrom(
  ...[
    '',
    ' ',
    ':',
    '{',
    '}',
    '{}',
    '/',
    '\n',
    '\0',
    '\r\n',
    'a:b',
    '{a}',
    'a\nb',
    '*',
    '[',
    '?',
    '%',
    '\\',
    "'",
    '"',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '$drover',
    'then',
    'toJSON',
    'null',
    '0',
  ],
  ...[
    'main',
    'system',
    'dispatcher',
    'dispatchers',
    'drover.cancel',
    'drover.handleInterrupt',
    'retry {}',
    'failed',
  ],
  // Half a character, which UTF-8 does not have; what is written in another way; what looks like
  // nothing; what reads backwards.
  ...[
    '\ud800',
    '\udfff',
    'a\ud800b',
    '\udc00\ud800',
    '\ufffd',
    '\ufeff',
    'e\u0301',
    '\u00e9',
    '\u200b',
    '\u202e',
  ],
  ...[
    'x'.repeat(200),
    'x'.repeat(201),
    'x'.repeat(LONG),
    '\u{1f69a}'.repeat(LONG),
    '\n'.repeat(LONG),
  ],
);

/** Values in the place of a name. */
export const oddNames: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: oddText },
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  // UTF-16 that is none.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units)),
);
