import { z } from 'zod';

/** Settings of how deliveries go out, beside those that a subscription has for itself. */
export const SENDING_SETTINGS = {
  CLOUDEVENTS_SOURCE: z
    .string()
    .regex(
      /^[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,512}$/,
      'allowed: a URI, or a part of one such as /shop',
    )
    .default('urn:hookline')
    .describe('`source` of the CloudEvents that subscriptions with such a `format` get'),
} as const;
