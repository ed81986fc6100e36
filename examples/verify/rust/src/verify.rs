use http::HeaderMap;
use standardwebhooks::Webhook;

/// `body`: the bytes as they came; they must be UTF-8.
pub fn is_genuine(webhook: &Webhook, body: &[u8], headers: &HeaderMap) -> bool {
    webhook.verify(body, headers).is_ok()
}
