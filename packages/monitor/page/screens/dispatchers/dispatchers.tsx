// All dispatchers.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading } from '../../parts/panel.js';
import { DispatcherTable } from './table.js';

export function DispatchersScreen() {
  const looked = useRead(reads.dispatchers({ ended: '1' }));
  return (
    <>
      <Heading>Dispatchers</Heading>
      <LookedAt at={looked}>{(list) => <DispatcherTable of={list} />}</LookedAt>
    </>
  );
}
