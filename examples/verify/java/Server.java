import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

final class Server {
  public static void main(String[] args) throws Exception {
    Webhook webhook = new Webhook(System.getenv("SECRET"));
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "0"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          boolean genuine = Verify.isGenuine(webhook, body, exchange.getRequestHeaders());
          exchange.sendResponseHeaders(genuine ? 204 : 401, -1);
          exchange.close();
        });
    server.start();
    System.out.println("listening on http://127.0.0.1:" + server.getAddress().getPort());
  }

  private Server() {}
}
