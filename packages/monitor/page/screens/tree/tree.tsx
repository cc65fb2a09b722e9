// The tree of a job.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading } from '../../parts/panel.js';
import { Json, Text } from '../../parts/text.js';
import type { Route } from '../../route/route.js';

export function TreeScreen({ path: [, id = ''], query }: Route) {
  const looked = useRead(reads.tree(id, query));
  return (
    <>
      <Heading>
        Tree of <Text of={id} />
      </Heading>
      <LookedAt at={looked}>{(tree) => <Json of={tree} />}</LookedAt>
    </>
  );
}
