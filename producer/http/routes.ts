import { deliveryRoutes } from './delivery-routes.ts';
import { upload } from './upload.ts';

/** Every route of the producer. */
export const producerRoutes = [...deliveryRoutes, upload];
