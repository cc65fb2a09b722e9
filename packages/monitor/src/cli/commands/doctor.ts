// `drover doctor`: looks for everything that is wrong or may become so, each with its cure.
import type { Command } from 'commander';
import type { Finding } from '../../model/doctor.js';
import type { Act } from '../command.js';
import type { Style } from '../screen.js';

const MARKS: Readonly<Record<Finding['level'], readonly [mark: string, style?: Style]>> = {
  fine: ['✓', 'green'],
  unsure: ['?', 'yellow'],
  warning: ['!', 'yellow'],
  wrong: ['✗', 'red'],
};

export function addDoctor(program: Command, act: Act): void {
  const command = program
    .command('doctor')
    .description('Redis, versions, clocks, rights, dispatchers and alarms, each with its cure');
  act(command, async ({ view, screen, isJson }) => {
    const findings = await view.examine();
    if (isJson) screen.document(findings);
    else
      for (const { level, says, cure } of findings) {
        const [mark, style] = MARKS[level];
        screen.paragraph(`${mark} ${says}`, { style });
        if (cure !== undefined) screen.paragraph(cure, { indent: '  ' });
      }
    return findings.some(({ level }) => level === 'wrong') ? 1 : 0;
  });
}
