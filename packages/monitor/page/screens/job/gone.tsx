// A job that is not stored: what is known of it still.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { Why } from './why.js';

export function Gone({ id, queue }: { id: string; queue: string }) {
  const { data } = useRead(reads.explain(id, queue), false);
  return data ? <Why of={data} /> : null;
}
