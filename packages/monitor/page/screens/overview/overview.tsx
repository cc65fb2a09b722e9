// The whole fleet at a glance.
import { status } from '../../live/fleet.js';
import { Heading, Panel } from '../../parts/panel.js';
import { DispatcherTable } from '../dispatchers/table.js';
import { QueueTable } from '../queues/table.js';

export function Overview() {
  const fleet = status.value;
  if (!fleet) return <p class="faint">Looks …</p>;
  return (
    <>
      <Heading>Overview</Heading>
      <Panel title="Queues">
        <QueueTable of={fleet.queues} />
      </Panel>
      <Panel title="Dispatchers">
        <DispatcherTable of={fleet.dispatchers.filter(({ status: is }) => is !== 'deactivated')} />
      </Panel>
    </>
  );
}
