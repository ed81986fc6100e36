import type { RunningRole } from './delivery.ts';
import { until } from './until.ts';

/** Where a producer or console that was given port 0 listens, once it has said so. */
export async function urlOf(role: RunningRole): Promise<string> {
  const said = () => /"url":"([^"]+)".*"(?:producer|console)\.started"/.exec(role.output())?.[1];
  await until(() => said() !== undefined, { describe: role.output });
  return String(said());
}
