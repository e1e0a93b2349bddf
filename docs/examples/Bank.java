import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Random;
import java.util.Scanner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A service in Java 17 that calls a bank, with the standard library alone. docs/services.md says what it does.
 *
 * <pre>
 * java Bank.java read APPLICATION INSTITUTION    what it needs to call the bank
 * java Bank.java follow                          each change, as it comes
 * java Bank.java call SOCKET URL                 the bank, through sealkeeper egress
 * java Bank.java files KEYSTORE URL              the bank, with a key store of sealkeeper agent
 * </pre>
 */
public class Bank {
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "read" -> read(args[1], args[2]);
            case "follow" -> follow();
            case "call" -> call(Path.of(args[1]), URI.create(args[2]));
            case "files" -> files(new File(args[1]), URI.create(args[2]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** Asks /v1. The file with the token is read each time, so that a token is replaced without a restart. */
    static HttpResponse<String> ask(String path) throws IOException, InterruptedException {
        String token = Files.readString(Path.of(System.getenv("SK_TOKEN_FILE"))).strip();
        return HTTP.send(HttpRequest.newBuilder(URI.create(System.getenv("SK_SERVER") + "/v1" + path))
                .header("Authorization", "Bearer " + token).timeout(Duration.ofSeconds(60)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    static String query(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The first value of a name in JSON. A program of yours has a library for this. */
    static String field(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"?([^\",}]*)").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    static void read(String application, String institution) throws Exception {
        HttpResponse<String> answer =
                ask("/tls/lookup?application=" + query(application) + "&institution=" + query(institution));
        if (answer.statusCode() != 200) {
            throw new IOException(answer.body());
        }
        System.out.println("version " + field(answer.body(), "version") + " " + field(answer.body(), "sha256"));
    }

    /** Asks for changes again and again; an answer takes as long as there are none, 25 seconds at most. */
    static void follow() throws Exception {
        String cursor = "";
        long bound = 500;
        while (true) {
            long after = 0;
            try {
                HttpResponse<String> answer = ask("/tls/events?wait=25&cursor=" + query(cursor));
                if (answer.statusCode() == 200) {
                    Matcher event = Pattern.compile("\\{[^{}]*\"registration_id\"[^{}]*}").matcher(answer.body());
                    while (event.find()) {
                        System.out.println(field(event.group(), "kind") + " " + field(event.group(), "registration_id")
                                + " " + field(event.group(), "version"));
                    }
                    cursor = field(answer.body(), "cursor"); // everything before it has been dealt with
                    bound = 500;
                    continue;
                }
                if (answer.statusCode() == 401 || answer.statusCode() == 403) {
                    throw new IllegalStateException(answer.body()); // waiting does not help
                }
                after = 1000 * answer.headers().firstValueAsLong("Retry-After").orElse(0);
            } catch (IOException unreachable) {
                // is asked again
            }
            Thread.sleep(Math.max(after, new Random().nextLong(bound)));
            bound = Math.min(2 * bound, 30_000);
        }
    }

    /** Calls the bank through sealkeeper egress, which speaks TLS with it. */
    static void call(Path socket, URI url) throws Exception {
        try (SocketChannel egress = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            egress.connect(UnixDomainSocketAddress.of(socket));
            String target = url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
            String request = "GET " + target + " HTTP/1.1\r\nHost: " + url.getAuthority()
                    + "\r\nSealkeeper-Sign: ais\r\nConnection: close\r\n\r\n";
            egress.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            Scanner answer = new Scanner(Channels.newInputStream(egress), StandardCharsets.ISO_8859_1);
            System.out.println("status " + answer.nextLine().split(" ")[1]);
        }
    }

    /** Calls the bank with key.p12 or key.jks; the passphrase and the bank's trust anchors lie beside it. */
    static void files(File file, URI url) throws Exception {
        Path folder = file.toPath().getParent();
        char[] passphrase = Files.readString(folder.resolve("passphrase")).toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(KeyStore.getInstance(file, passphrase), passphrase);
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        try (var pem = Files.newInputStream(folder.resolve("ca.pem"))) {
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                anchors.setCertificateEntry("anchor-" + anchors.size(), certificate);
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpClient bank = HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request = HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(60)).build();
        System.out.println("status " + bank.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
    }
}
