import { addRoutes } from '../../common/http/route.ts';
import type { HttpApp } from '../../common/http/http-env.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { StatusParts } from '../status/status.ts';
import { forecastRoutes, lookAt } from './routes.ts';
import { WaitingTrend } from './trend.ts';

interface Deps extends Pick<Role, 'open'> {
  readonly app: HttpApp;
  readonly parts: StatusParts;
}

const INTERVAL_MS = 5_000;

/** The forecast: its route, and the looks at what waits that it carries on. */
export function openForecast({ app, parts, open }: Deps): void {
  const trend = new WaitingTrend();
  const look = () => {
    // While the log is still being read, what waits is not known.
    if (parts.warmUp.isOver) trend.add(lookAt(parts, Date.now()).waiting);
  };
  const timer = setInterval(look, INTERVAL_MS).unref();
  open.defer(() => clearInterval(timer));
  addRoutes(app, forecastRoutes, { ...parts, trend });
}
