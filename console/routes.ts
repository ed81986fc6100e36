import { deadLetterRoutes } from './dead-letters/routes.ts';
import { logRoutes } from './delivery-log/routes.ts';
import { fileRoutes } from './files/routes.ts';
import { forecastRoutes } from './forecast/routes.ts';
import { deliveryRecordRoutes } from './log/delivery-routes.ts';
import { topicRoutes } from './log/routes.ts';
import { replayRoutes } from './replay/routes.ts';
import { volumeRoute } from './replay/volume.ts';
import { resetRoutes } from './reset/routes.ts';
import { seriesRoutes } from './series/routes.ts';
import { sourceRoutes } from './sources/routes.ts';
import { statusRoutes } from './status/routes.ts';
import { subscriptionRoutes } from './subscriptions/routes.ts';
import { userRoutes } from './users/routes.ts';

/** Every route of the console. */
export const consoleRoutes = [
  ...subscriptionRoutes,
  ...sourceRoutes,
  volumeRoute,
  ...replayRoutes,
  ...resetRoutes,
  ...logRoutes,
  ...deliveryRecordRoutes,
  ...deadLetterRoutes,
  ...topicRoutes,
  ...statusRoutes,
  ...fileRoutes,
  ...seriesRoutes,
  ...forecastRoutes,
  ...userRoutes,
];
