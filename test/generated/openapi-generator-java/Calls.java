// Ten calls with the client that openapi-generator (java, native) made of the description.
package org.openapitools.client;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

public class Calls {
  public static void main(String[] words) throws Exception {
    String target = System.getenv("TARGET");
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("BASE_URL"));
    String key = "Bearer " + System.getenv("API_KEY");
    client.setRequestInterceptor(request -> request.header("authorization", key));
    DeliveriesApi deliveries = new DeliveriesApi(client);
    SubscriptionsApi subscriptions = new SubscriptionsApi(client);
    DeliveryLogApi log = new DeliveryLogApi(client);

    Map<String, Object> data = Map.of("order", Map.of("id", 7, "items", List.of("a", "b")));
    SendRequest order = new SendRequest().userId("user-1").data(data);
    Accepted sent = deliveries.send(order, target + "-1");
    Accepted again = deliveries.send(order, target + "-1");
    CreateSubscription wanted = new CreateSubscription().targetUrl(URI.create(target));
    SubscriptionWithSecret made =
        subscriptions.createSubscription(wanted.eventTypes(List.of("order.*")));
    subscriptions.createSubscription(new CreateSubscription().targetUrl(URI.create(target)).rateLimit(2.5));
    SubscriptionPage first = subscriptions.listSubscriptions(1L, null);
    SubscriptionPage second = subscriptions.listSubscriptions(1L, first.getNextCursor());
    // A list that is left out of a change stays as it is (containerDefaultToNull).
    UpdateSubscription change = new UpdateSubscription().description("changed");
    Subscription changed = subscriptions.updateSubscription(made.getId(), change);
    if (changed.getEventTypes().size() != 1) throw new AssertionError(changed);
    EventRequest paid = new EventRequest().type("order.paid").userId("user-1");
    EventAccepted event = deliveries.publishEvent(paid.data(List.of(1, 2)), null);
    BatchLine good = new BatchLine().userId("user-2").data("text");
    BatchLine bad = new BatchLine().userId("").data(1);
    List<BatchResult> batch = deliveries.sendBatch(List.of(good, bad));
    File file = new File(Files.createTempDirectory("calls").toFile(), "alerts.csv");
    Files.writeString(file.toPath(), "user_id,alert_message\nuser-3,hello\n");
    UploadAccepted uploaded = new FilesApi(client).upload(List.of(file));
    DeliveryWithAttempts delivery = log.getDelivery(sent.getId(), null);
    DeliveryPage found =
        log.listDeliveries(
            10L, null, null, null, null, null, sent.getId(), null, null, null, null);
    DeadLetterPage dead =
        new DeadLettersApi(client).listDeadLetters(null, null, null, null, null, null, null, 10L);
    Status status = new StatusApi(client).getStatus();
    Problem refused;
    try {
      deliveries.send(new SendRequest().userId("").data(1), null);
      throw new AssertionError("an empty user was accepted");
    } catch (ApiException error) {
      String body = error.getResponseBody();
      refused = client.getObjectMapper().readValue(body, Problem.class);
    }

    System.out.println(client.getObjectMapper().writeValueAsString(Map.ofEntries(
        Map.entry("repeated", sent.getId().equals(again.getId())),
        Map.entry("secret", made.getSecret().startsWith("whsec_")),
        Map.entry("no_limit", made.getRateLimit() == null),
        Map.entry("pages",
            List.of(first.getSubscriptions().size(), second.getSubscriptions().size())),
        Map.entry("differ", !first.getSubscriptions().get(0).getId()
            .equals(second.getSubscriptions().get(0).getId())),
        Map.entry("event", !event.getId().isEmpty()),
        Map.entry("batch", batch.stream().map(BatchResult::getStatus).toList()),
        Map.entry("files", uploaded.getFiles().stream().map(UploadedFile::getName).toList()),
        Map.entry("delivery", delivery.getUser()),
        Map.entry("deliveries", found.getDeliveries().size()),
        Map.entry("dead_letters",
            dead.getDeadLetters().stream().map(DeadLetter::getError).toList()),
        Map.entry("status",
            !status.getTopics().isEmpty() && status.getDeliveries().getInFlight() >= 0),
        Map.entry("problem", List.of(
            refused.getStatus(), refused.getType(), refused.getErrors().get(0).getField())))));
  }
}
