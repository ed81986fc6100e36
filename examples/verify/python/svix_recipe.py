import os

from svix.webhooks import Webhook

webhook = Webhook(os.environ["SECRET"])


def is_genuine(body: bytes, headers: dict[str, str]) -> bool:
    """body: as it came; it must be UTF-8"""
    try:
        webhook.verify(body, headers)
        return True
    except Exception:  # WebhookVerificationError, and UnicodeDecodeError, ValueError
        return False
