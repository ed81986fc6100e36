import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

final class Verify {
  /** @param body the bytes as they came; they must be UTF-8 */
  static boolean isGenuine(Webhook webhook, byte[] body, Map<String, List<String>> headers) {
    try {
      webhook.verify(new String(body, StandardCharsets.UTF_8), headers);
      return true;
    } catch (WebhookVerificationException e) {
      return false;
    }
  }

  private Verify() {}
}
