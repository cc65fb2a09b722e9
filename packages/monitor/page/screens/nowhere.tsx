// An address that leads to no screen.
import { Heading } from '../parts/panel.js';
import { href } from '../route/route.js';

export function Nowhere() {
  return (
    <>
      <Heading>There is no such screen</Heading>
      <p>
        Go to the <a href={href([])}>overview</a>.
      </p>
    </>
  );
}
