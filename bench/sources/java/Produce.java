import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes the events of bench/sources/events.ts to a topic, compressed with zstd, as a program in
 * Java would that knows nothing of Hookline.
 *
 * Usage: Produce BROKERS TOPIC EVENTS USERS
 */
class Produce {
    private static final String[] STATUS = {"paid", "open", "void"};
    private static final String[] REGION = {"eu-west", "eu-north", "us-east", "us-west"};

    public static void main(String[] args) throws Exception {
        if (args.length != 4) throw new IllegalArgumentException("BROKERS TOPIC EVENTS USERS");
        int events = Integer.parseInt(args[2]);
        int users = Integer.parseInt(args[3]);
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers", args[0],
                        "compression.type", "zstd",
                        "acks", "all",
                        "linger.ms", 20);
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < events; n++) {
                var value =
                        "{\"n\":%d,\"status\":\"%s\",\"amount\":%d,\"region\":\"%s\"}"
                                .formatted(n, STATUS[n % 3], n % 1_000, REGION[n % 4]);
                var record = new ProducerRecord<>(args[1], "user-" + n % users, value);
                producer.send(
                        record,
                        (metadata, error) -> {
                            if (error == null) return;
                            error.printStackTrace();
                            System.exit(1);
                        });
            }
            producer.flush();
        }
    }
}
