import { ulid } from 'ulid';
import { HEADER } from '../../common/model/delivery.ts';
import { messageOf } from '../../common/base/errors.ts';
import { deliveryContent } from '../../common/send/delivery-headers.ts';
import type { EndpointSettings } from '../../common/send/endpoint-settings.ts';
import { describeFailure } from '../../common/send/outcome.ts';
import type { SendRequest, SendResult } from '../../common/send/send-request.ts';
import { USER_AGENT } from '../../common/base/version.ts';
import type { TestResult } from './schemas.ts';

export const TEST_EVENT_TYPE = 'hookline.test';

/**
 * Sends a test event as a delivery is sent, now and once, and waits for the answer. Neither the
 * log, nor limits, nor a rest of the endpoint are asked: it shows what the target does.
 *
 * @param subscription its id, or `default`
 * @param settingsNow may throw, as where a secret cannot be read
 */
export async function sendTestEvent(
  send: (request: SendRequest, settings: EndpointSettings) => Promise<SendResult>,
  subscription: string,
  settingsNow: () => EndpointSettings,
): Promise<TestResult> {
  const id = `test_${ulid()}`;
  const nowMs = Date.now();
  const value = {
    type: TEST_EVENT_TYPE,
    timestamp: new Date(nowMs).toISOString(),
    data: { subscription },
  };
  const body = Buffer.from(JSON.stringify(value));
  const delivery = {
    id,
    body,
    attempt: 1,
    record: { headers: { [HEADER.eventType]: TEST_EVENT_TYPE } },
  };
  let settings;
  try {
    settings = settingsNow();
  } catch (error) {
    return {
      id,
      status: null,
      latency_ms: null,
      excerpt: '',
      error: `unusable: ${messageOf(error)}`,
    };
  }
  const content = deliveryContent(delivery, settings, USER_AGENT, nowMs);
  const { origin, path, timeoutMs = null } = settings;
  const request = { origin, path, ...content, timeoutMs };
  const { outcome, latencyMs, excerpt, detail } = await send(request, settings);
  return {
    id,
    status: outcome.kind === 'unreachable' ? null : outcome.status,
    latency_ms: Math.round(latencyMs * 100) / 100,
    excerpt,
    error: outcome.kind === 'accepted' ? null : describeFailure(outcome, detail),
  };
}
