// A table; on a narrow screen each row is a card with the names of its columns.
import type { ComponentChildren } from 'preact';
import { mayAct } from '../api/about.js';

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand on the right. */
  isNumber?: boolean;
  /** It names the row: the heading of its card. */
  isHead?: boolean;
}

/** Rows that can be chosen, by their keys. */
export interface Choice {
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
}

interface TableProps<T> {
  /** What it lists, for those who cannot see it. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Shown where there are no rows. */
  none?: ComponentChildren;
  choice?: Choice | undefined;
  /** The buttons of a row, in a last column; a monitor that only reads has none. */
  actions?: ((row: T) => ComponentChildren) | undefined;
}

export function Table<T>({ columns: given, actions, ...props }: TableProps<T>) {
  const { label, rows, keyOf, none, choice } = props;
  if (rows.length === 0) return <p class="none">{none ?? 'None.'}</p>;
  const columns = actions && mayAct() ? [...given, actionColumn(actions)] : given;
  const classOf = ({ isNumber }: Column<T>) => (isNumber ? 'number' : undefined);
  return (
    <div class="table-box" role="region" aria-label={label} tabIndex={0}>
      <table>
        <caption class="unseen">{label}</caption>
        <thead>
          <tr>
            {choice && (
              <th scope="col" class="choice">
                <ChooseAll keys={rows.map(keyOf)} choice={choice} />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.name} scope="col" class={classOf(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {choice && (
                <td class="choice">
                  <Choose of={keyOf(row)} choice={choice} />
                </td>
              )}
              {columns.map((column) =>
                column.isHead ? (
                  <th key={column.name} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} class={classOf(column)} data-name={column.name}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function actionColumn<T>(actions: (row: T) => ComponentChildren): Column<T> {
  return { name: 'Actions', cell: (row) => <span class="buttons-inline">{actions(row)}</span> };
}

function Choose({ of, choice: { chosen, choose } }: { of: string; choice: Choice }) {
  const toggle = (): void => {
    const next = new Set(chosen);
    if (!next.delete(of)) next.add(of);
    choose(next);
  };
  return (
    <input type="checkbox" checked={chosen.has(of)} onChange={toggle} aria-label={`Choose ${of}`} />
  );
}

function ChooseAll({ keys, choice }: { keys: readonly string[]; choice: Choice }) {
  const { chosen, choose } = choice;
  const areAll = keys.every((key) => chosen.has(key));
  const toggle = () => choose(new Set(areAll ? [] : keys));
  return (
    <input
      type="checkbox"
      checked={areAll}
      onChange={toggle}
      aria-label="Choose all of this page"
    />
  );
}
