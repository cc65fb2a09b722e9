// The error of a look at something that is not there.
import { BadStatusError } from '@drover/core';

/** There is no such queue, job or dispatcher. */
export class NotThereError extends BadStatusError {}
