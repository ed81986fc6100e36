import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.CommitMode;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.vertx.VertxParallelEoSStreamProcessor;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.URI;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Confluent's Parallel Consumer with Vert.x: reads a topic with a consumer group and posts each
 * record, any order, as many at a time as are asked for. A yardstick for bench/peers.ts.
 *
 * <p>Usage: ParallelLoop BROKERS TOPIC GROUP URL CONNECTIONS
 */
public final class ParallelLoop {
  private ParallelLoop() {}

  public static void main(String[] args) {
    if (args.length != 5) {
      System.err.println("usage: ParallelLoop BROKERS TOPIC GROUP URL CONNECTIONS");
      System.exit(1);
    }
    URI url = URI.create(args[3]);
    int connections = Integer.parseInt(args[4]);
    Properties settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, args[2]);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    ParallelConsumerOptions<String, byte[]> options =
        ParallelConsumerOptions.<String, byte[]>builder()
            .consumer(consumer)
            .ordering(ProcessingOrder.UNORDERED)
            .commitMode(CommitMode.PERIODIC_CONSUMER_ASYNCHRONOUS)
            .maxConcurrency(connections)
            .build();
    // The benchmark has it stand still while others run, which is no fault to report.
    VertxOptions quiet = new VertxOptions().setBlockedThreadCheckInterval(3_600_000);
    Vertx vertx = Vertx.vertx(quiet);
    WebClient client =
        WebClient.create(
            vertx, new WebClientOptions().setMaxPoolSize(connections).setPipelining(false));
    VertxParallelEoSStreamProcessor<String, byte[]> processor =
        new VertxParallelEoSStreamProcessor<>(vertx, client, options);
    processor.subscribe(List.of(args[1]));
    processor.vertxHttpWebClient(
        (web, context) -> {
          ConsumerRecord<String, byte[]> record = context.getSingleConsumerRecord();
          byte[] id = record.headers().lastHeader("webhook-id").value();
          return web
              .post(url.getPort(), url.getHost(), url.getPath())
              .putHeader("content-type", "application/json")
              .putHeader("webhook-id", new String(id))
              .sendBuffer(Buffer.buffer(record.value()));
        },
        sent -> {});
    System.out.println("running");
  }
}
