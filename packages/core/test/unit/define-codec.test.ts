// Codecs of users, for instances of their own classes (J4).
import { defineCodec, type Codec } from '../../src/codec/define-codec.js';
import { decode, encode } from '../../src/codec/codec.js';
import {
  DuplicateNameError,
  InvalidArgumentError,
  SerializationError,
  UnknownCodecError,
} from '../../src/errors.js';

class Money {
  constructor(
    readonly amount: bigint,
    readonly currency: string,
  ) {}
}

class Tree {
  children: unknown[] = [];
}

const money: Codec<Money, { amount: bigint; currency: string }> = {
  class: Money,
  encode: ({ amount, currency }) => ({ amount, currency }),
  decode: ({ amount, currency }) => new Money(amount, currency),
};
defineCodec('codec-test.money', money);
defineCodec('codec-test.tree', {
  class: Tree,
  encode: ({ children }) => children,
  decode: (children: unknown[]) => Object.assign(new Tree(), { children }),
});

const noJobs = (): never => {
  throw new Error('there is no job in this value');
};
const roundTrip = (value: unknown): unknown => decode(encode(value, 'args'), noJobs);

it('J4 an instance arrives as an instance, wherever it stands', () => {
  const price = new Money(7n, 'EUR');
  const back = roundTrip([price, new Map([['k', price]])]) as [Money, Map<string, Money>];
  expect(back[0]).toBeInstanceOf(Money);
  expect(back[0]).toEqual(price);
  expect(back[1].get('k')).toBe(back[0]);
});

it('J4 the stored form names the codec', () => {
  expect(encode(new Money(7n, 'EUR'), 'args')).toBe(
    '{"$drover":"codec","codec":"codec-test.money","value":{"amount":{"$drover":"bigint","value":"7"},"currency":"EUR"}}',
  );
});

it('J4 an instance may contain other instances, and the same one twice', () => {
  const [leaf, top] = [new Tree(), new Tree()];
  top.children = [leaf, leaf, new Date(0)];
  const back = roundTrip(top) as Tree;
  expect(back.children[0]).toBeInstanceOf(Tree);
  expect(back.children[0]).toBe(back.children[1]);
});

it('J4 an instance that contains itself is refused with its path', () => {
  const loop = new Tree();
  loop.children = [{ parent: loop }];
  expect(() => encode([loop], 'args')).toThrow(
    /^args\[0\]\[0\]\.parent stands inside what its own codec gives/,
  );
});

it('J4 an instance of a subclass is refused, since the codec would change its class', () => {
  class Tip extends Money {}
  expect(() => encode([new Tip(1n, 'EUR')], 'args')).toThrow(
    /^args\[0\] is a Tip, which has no codec/,
  );
});

it('J4 the value that a codec gives is checked too', () => {
  class Odd {}
  defineCodec('codec-test.odd', {
    class: Odd,
    encode: () => ({ f: () => {} }),
    decode: () => new Odd(),
  });
  expect(() => encode({ odd: new Odd() }, 'args')).toThrow(/^args\.odd\.f is a function/);
});

it('J4 an error that a codec throws is the cause of an error with the path', () => {
  class Bad {}
  defineCodec('codec-test.bad', {
    class: Bad,
    encode: (bad) => {
      if ('secret' in bad) throw new TypeError('no');
      return 1;
    },
    decode: () => {
      throw new RangeError('neither');
    },
  });
  expect(thrownBy(() => encode([Object.assign(new Bad(), { secret: 1 })], 'args'))).toMatchObject({
    path: 'args[0]',
    cause: { message: 'no' },
  });
  expect(thrownBy(() => roundTrip([new Bad()]))).toMatchObject({
    message: 'value cannot be decoded by the codec codec-test.bad',
    cause: { message: 'neither' },
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return error;
  }
  throw new Error('nothing was thrown');
}

it('J4 the error about an unknown codec names it', () => {
  expect(() => decode('[{"$drover":"codec","codec":"app.other","value":1}]', noJobs)).toThrow(
    UnknownCodecError,
  );
  expect(() => decode('[{"$drover":"codec","codec":"app.other","value":1}]', noJobs)).toThrow(
    expect.objectContaining({ codec: 'app.other' }),
  );
});

it('J1 a name stands for one class, and a class has one codec', () => {
  expect(() => defineCodec('codec-test.money', money)).not.toThrow();
  class Other {}
  const other = { class: Other, encode: () => 1, decode: () => new Other() };
  expect(() => defineCodec('codec-test.money', other)).toThrow(DuplicateNameError);
  expect(() => defineCodec('codec-test.money2', money)).toThrow(
    /the class Money has a codec already/,
  );
});

/** The same class and codec, as a module makes them each time it is evaluated. */
function temperature() {
  class Temperature {
    constructor(readonly degrees: number) {}
  }
  return {
    class: Temperature,
    encode: ({ degrees }: Temperature) => degrees,
    decode: (degrees: number) => new Temperature(degrees),
  };
}

it('J1 a module that is evaluated again replaces its codec, for instances of both classes', () => {
  const [before, after] = [temperature(), temperature()];
  for (const codec of [before, after]) defineCodec('codec-test.temperature', codec);
  for (const codec of [before, after]) {
    expect(roundTrip([new codec.class(7)])).toEqual([new after.class(7)]);
    expect((roundTrip([new codec.class(7)]) as unknown[])[0]).toBeInstanceOf(after.class);
  }
  const other = { ...after, decode: () => new after.class(0) };
  expect(() => defineCodec('codec-test.temperature', other)).toThrow(DuplicateNameError);
  defineCodec('codec-test.temperature', other, { replace: true });
  expect(roundTrip([new after.class(7)])).toEqual([new after.class(0)]);
});

it.each([
  undefined,
  {},
  { class: Money },
  { class: Money, encode: 1, decode: 1 },
  { ...money, class: 'Money' },
])('B2 %j is refused as a codec', (codec) => {
  expect(() => defineCodec('codec-test.none', codec as never)).toThrow(InvalidArgumentError);
});

it.each([undefined, {}, () => 1, { ...money, class: () => 1 }, { ...money, decode: undefined }])(
  'B2 %p is refused as a codec, and the error says what a codec is',
  (codec) => {
    const define = (): void => defineCodec('codec-test.none', codec as never);
    expect(define).toThrow(InvalidArgumentError);
    expect(define).toThrow('the codec "codec-test.none" must be { class, encode, decode }');
  },
);
