import { Command } from 'commander';
import { inspectHost } from '../acts/host/inspect.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import { settingsOf } from './settings.ts';
import { operate, print } from './operate.ts';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Check the data folder, the database, the version of Git and every repository.')
    .option('--whole', 'read every history, too: minutes on a large host')
    .option('--json', 'as JSON, one object a line')
    .action(async (options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'host.inspect', [{ type: 'host' }]);
        let unhealthy = 0;
        for await (const finding of inspectHost(
          services,
          grant,
          options['whole'] === true ? 'whole' : 'quick',
        )) {
          if (!finding.healthy) unhealthy += 1;
          if (options['json'] === true) print(JSON.stringify(finding));
          else print(`${finding.healthy ? 'ok  ' : 'BAD '} ${finding.part} ${finding.name}: ${finding.says}`);
        }
        if (unhealthy > 0) throw new Problem('conflict', `${unhealthy} of these need attention.`);
      }),
    );
