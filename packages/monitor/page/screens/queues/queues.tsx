// All queues. A search leads here where it is not known in which queue to look.
import { status } from '../../live/fleet.js';
import { Heading } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import type { Route } from '../../route/route.js';
import { QueueTable } from './table.js';

export function QueuesScreen({ query: { text } }: Route) {
  const queues = status.value?.queues;
  return (
    <>
      <Heading>Queues</Heading>
      {text !== undefined && (
        <p>
          In which queue do you look for “<Text of={text} />
          ”? Choose a number.
        </p>
      )}
      {queues ? <QueueTable of={queues} query={{ text }} /> : <p class="faint">Looks …</p>}
    </>
  );
}
