// The whole fleet at a glance: alarms, numbers, the last hour, queues and dispatchers.
import { now, status } from '../../live/fleet.js';
import { Heading, Panel } from '../../parts/panel.js';
import { DispatcherTable } from '../dispatchers/table.js';
import { QueueTable } from '../queues/table.js';
import { Alarms } from './alarms.js';
import { Cards } from './cards.js';
import { Charts } from './charts.js';
import { Recent } from './recent.js';

const MINUTE = 60_000;

export function Overview() {
  const fleet = status.value;
  const minute = Math.floor(now.value / MINUTE);
  if (!fleet) return <p class="faint">Looks …</p>;
  return (
    <>
      <Heading>Overview</Heading>
      <Alarms of={fleet.alarms} />
      <Cards of={fleet} minute={minute} />
      <Charts />
      <Panel title="Queues">
        <QueueTable of={fleet.queues} />
      </Panel>
      <Panel title="Dispatchers">
        <DispatcherTable of={fleet.dispatchers.filter(({ status: is }) => is !== 'deactivated')} />
      </Panel>
      <Recent />
    </>
  );
}
