// A supervisor as a process of its own, with the roles that a test gives it as JSON.
import { runRole } from '../../common/process/run-role.ts';
import { startSupervisor } from '../../infra/supervisor.ts';
import type { RoleSpec } from '../../infra/supervisor.ts';
import { FORCED_EXIT_CODE } from '../../common/process/run-role.ts';

const { stages, graceMs } = JSON.parse(process.argv[2] ?? '') as {
  stages: RoleSpec[][];
  graceMs: number;
};

await runRole('supervise', async ({ logger, open }) => {
  const onLine = (role: string, line: string) => process.stdout.write(`${role} ${line}\n`);
  const supervisor = startSupervisor({ stages, logger, onLine, graceMs });
  open.defer(() => supervisor.stop());
  process.once('exit', (code) => {
    if (code === FORCED_EXIT_CODE) supervisor.kill();
  });
});
