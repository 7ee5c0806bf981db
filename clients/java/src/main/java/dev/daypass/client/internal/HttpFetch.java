package dev.daypass.client.internal;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * Fetches a document by HTTP within bounds of size and time: one request to the host of the URL and
 * no other, without a proxy, and without following redirections.
 */
public final class HttpFetch {
  private final HttpClient client;
  private final Duration timeout;
  private final int bytesMax;

  /**
   * Makes a fetcher.
   *
   * @param tls what TLS trusts; null for what Java does
   * @param timeout how long all of it may take
   * @param bytesMax the longest body that is read
   */
  public HttpFetch(SSLContext tls, Duration timeout, int bytesMax) {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .sslParameters(parameters);
    client = (tls == null ? builder : builder.sslContext(tls)).build();
    this.timeout = timeout;
    this.bytesMax = bytesMax;
  }

  /**
   * Returns an answer, whole.
   *
   * @throws IOException it cannot be had, or is beyond a bound
   */
  public HttpResponse<byte[]> get(URI url, Map<String, String> headers) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(timeout).GET();
    headers.forEach(request::header);
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request.build(), info -> new Bounded(bytesMax));
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException error) {
      throw new IOException(error.getCause().getMessage(), error.getCause());
    } catch (TimeoutException error) {
      answer.cancel(true);
      throw new IOException("the answer comes too slowly", error);
    } catch (InterruptedException error) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("the thread was interrupted", error);
    }
  }

  /** Gathers a body, and gives up where it is too long. */
  private static final class Bounded implements BodySubscriber<byte[]> {
    private final BodySubscriber<byte[]> all = HttpResponse.BodySubscribers.ofByteArray();
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private Flow.Subscription subscription;
    private int left;

    Bounded(int bytesMax) {
      left = bytesMax;
      all.getBody()
          .whenComplete(
              (data, error) -> {
                if (error == null) {
                  body.complete(data);
                } else {
                  body.completeExceptionally(error);
                }
              });
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      all.onSubscribe(given);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      left -= buffers.stream().mapToInt(ByteBuffer::remaining).sum();
      if (left < 0) {
        subscription.cancel();
        body.completeExceptionally(new IOException("the answer is too long"));
      } else {
        all.onNext(buffers);
      }
    }

    @Override
    public void onError(Throwable error) {
      all.onError(error);
    }

    @Override
    public void onComplete() {
      all.onComplete();
    }
  }
}
