// The tasks of the work: scan → a parallel of batches → merge → write.
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parallel, serial } from '@drover/composite';
import { defineTask, Failure, local, type Job } from '@drover/core';
import { findTextFiles, toBatches, type Source } from './files.js';
import { IndexBuilder, type TextIndex } from './text-index.js';

export const QUEUE = 'text-index';

/**
 * Indexes one batch of files. It ignores `local.signal`, as code would that does not know Drover.
 * So the batch of a paused worker ends late, and its result is refused.
 */
export const indexBatch = defineTask(
  'demo.batch',
  async (_number: number, directory: string, files: string[], pace: number): Promise<TextIndex> => {
    const builder = new IndexBuilder();
    for (const file of files) {
      await builder.addFile(directory, file);
      // Without a pause all batches would end before one could be interrupted.
      await pause(pace / files.length);
    }
    return builder.build();
  },
);

/** Puts the indexes of all batches together. */
export const merge = defineTask('demo.merge', (...batches: Job<TextIndex>[]): TextIndex => {
  const builder = new IndexBuilder();
  for (const batch of batches) builder.addIndex(valueOf(batch));
  return builder.build();
});

/** Finds the files. The result of the job that it returns is its own: the merged index. */
export const scan = defineTask('demo.scan', async (source: Source, pace: number) => {
  const batches = toBatches(await findTextFiles(source));
  return parallel(
    batches.map((files, i) => indexBatch.job(i + 1, source.directory, files, pace)),
    { postprocess: merge.job() },
  );
});

/** Writes the index in one step: neither a reader nor a second run of this task sees half of it. */
export const write = defineTask(
  'demo.write',
  async (path: string, scanned: Job<TextIndex>): Promise<string> => {
    const temporary = `${path}.${local.fence}`;
    await writeFile(temporary, JSON.stringify(valueOf(scanned), null, 1));
    await rename(temporary, path);
    return path;
  },
);

/** The whole work, as one job. */
export function indexDirectory(source: Source, pace: number, path: string): Job<string> {
  return serial([scan.job(source, pace)], { postprocess: write.job(path) });
}

function valueOf<R>(job: Job<R>): R {
  const { result } = job;
  if (result instanceof Failure) throw result.toError();
  return result as R;
}
