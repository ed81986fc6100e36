import { deliveryRoutes } from './delivery-routes.ts';
import { s3Events } from './s3-events.ts';
import { upload } from './upload.ts';

/** Every route of the producer. */
export const producerRoutes = [...deliveryRoutes, upload, s3Events];
