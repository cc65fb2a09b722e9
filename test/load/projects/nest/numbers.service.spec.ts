import { Test, type TestingModule } from '@nestjs/testing';
import { waitForResult } from '@drover/core/testing';
import { NumbersService } from './numbers.service';

describe('NumbersService', () => {
  let module: TestingModule;

  beforeAll(async () => {
    module = await Test.createTestingModule({ providers: [NumbersService] }).compile();
    await module.init();
  });

  afterAll(() => module.close());

  it('doubles', async () => {
    const job = await module.get(NumbersService).double(21);
    expect(await waitForResult(job)).toBe(42);
  });
});
