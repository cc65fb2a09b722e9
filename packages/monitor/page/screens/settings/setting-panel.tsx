// What a queue has of one setting, as a table with the buttons that change it.
import type { ComponentChildren } from 'preact';
import type { Setting } from '../../api/actions.js';
import type { Read } from '../../api/client.js';
import { useRead } from '../../live/use-read.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';
import { LookedAt } from '../../parts/looked.js';
import { Panel } from '../../parts/panel.js';
import { Table, type Column } from '../../parts/table.js';
import { ONE, type NamedSetting, type SettingOf } from './setting-buttons.js';

const TITLE = { quotas: 'Quotas', 'rate-limits': 'Rate limits', schedules: 'Schedules' } as const;

interface SettingPanelProps<T> {
  setting: Setting;
  queue: string;
  read: Read<T[]>;
  columns: readonly Column<T>[];
  /** Asks for a new one. */
  asksNew: (of: SettingOf) => Question;
  /** The buttons of one that is there. */
  buttons: (item: T, of: NamedSetting) => ComponentChildren;
}

export function SettingPanel<T extends { name: string }>(props: SettingPanelProps<T>) {
  const { setting, queue, read, columns, asksNew, buttons } = props;
  const looked = useRead(read);
  const of: SettingOf = { setting, queue, after: looked.again };
  return (
    <Panel
      title={TITLE[setting]}
      more={<ActionButton question={() => asksNew(of)}>New {ONE[setting]}</ActionButton>}
    >
      <LookedAt at={looked}>
        {(items) => (
          <Table
            {...{ label: TITLE[setting], columns, rows: items }}
            actions={(item) => buttons(item, { ...of, name: item.name })}
            keyOf={({ name }) => name}
            none={`This queue has no ${ONE[setting]}.`}
          />
        )}
      </LookedAt>
    </Panel>
  );
}
