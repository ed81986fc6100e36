import { z } from 'zod';
import { parseBypass } from './bypass.ts';
import * as t from './setting-types.ts';

/** Settings of how deliveries go out, beside those that a subscription has for itself. */
export const SENDING_SETTINGS = {
  DELIVERY_TIMEOUT_MS: t
    .durationMs({ min: 100, max: 120_000 })
    .default(15_000)
    .describe('longest wait for one answer'),
  CONNECTION_MAX_AGE: t
    .duration({ minMs: 1_000, maxMs: 86_400_000 })
    .prefault('60s')
    .describe('how long a connection to a target may be used; a name that moves is then followed'),
  CLOUDEVENTS_SOURCE: z
    .string()
    .regex(
      /^[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,512}$/,
      'allowed: a URI, or a part of one such as /shop',
    )
    .default('urn:hookline')
    .describe('`source` of the CloudEvents that subscriptions with such a `format` get'),
  ALERT_DEAD_LETTERS: t
    .int({ min: 1, max: 1_000_000_000 })
    .default(100)
    .describe('dead letters within five minutes that are reported as `hookline.dead_letter.burst`'),
  HTTPS_PROXY: t
    .proxyUrl()
    .default('')
    .describe(
      'proxy for deliveries to https targets, such as `http://user:password@proxy:3128`; empty: none',
    ),
  NO_PROXY: t
    .list()
    .refine((entries) => entries.every((entry) => parseBypass(entry) !== null), {
      error:
        'allowed: names, addresses and networks such as example.com,*.example.com:8443,10.0.0.0/8, or *',
    })
    .default([])
    .describe('targets that are reached without HTTPS_PROXY: hosts, all below them, networks'),
  DELIVERY_TLS_CA: t
    .text()
    .default('')
    .describe('PEM file of authorities that targets may have besides the usual ones'),
  DELIVERY_TLS_CERT: t
    .text()
    .default('')
    .describe('PEM file of the certificate that targets get which ask for one'),
  DELIVERY_TLS_KEY: t.text().default('').describe('PEM file of its private key'),
} as const;

/** Rules between the settings of this file. */
export function sendingProblems(given: {
  readonly DELIVERY_TLS_CERT: string;
  readonly DELIVERY_TLS_KEY: string;
}): string[] {
  const { DELIVERY_TLS_CERT: cert, DELIVERY_TLS_KEY: key } = given;
  if ((cert === '') === (key === '')) return [];
  const missing = cert === '' ? 'DELIVERY_TLS_CERT' : 'DELIVERY_TLS_KEY';
  return [`${missing}="": allowed: the path of a PEM file, as its counterpart is set`];
}
