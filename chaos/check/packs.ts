// The parts of packs as the jobs that they are (docs/protocol/packs.md).

/** The id of a pack is that of its first part, with another version of UUID. */
export const isPackId = (id: string): boolean => id[14] === '8';

/** A pack as it is stored: its record, and the values of its parts that have ended. */
export interface Pack {
  fields: Readonly<Record<string, string>>;
  values: readonly string[];
}

/** The fields of a part. */
export interface PartFields {
  id: string;
  fields: Record<string, string>;
}

/** The parts of a pack, with the fields that tell how each ended; of any other job none. */
export function partsOf({ fields: pack, values }: Pack): PartFields[] {
  if (pack['name'] !== 'drover.pack') return [];
  const parts = JSON.parse(pack['data'] ?? '[]') as [id: string, name: string, data: string][];
  const { timestamp = '', parent = '{}', ats = '', finishedOn = '' } = pack;
  return parts.map(([id, name, data], i) => {
    const [value, isOver] = [values[i], i < values.length];
    const end = isOver && {
      ats,
      returnvalue: value as string,
      finishedOn: finishedOn || timestamp,
    };
    return { id, fields: { name, data, timestamp, parent, opts: '{}', ...end } };
  });
}
