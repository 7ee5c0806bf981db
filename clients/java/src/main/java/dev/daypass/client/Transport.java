package dev.daypass.client;

import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** How a call travels: signed, with a deadline, and again where that helps. */
final class Transport {
  private final Duration timeout;
  private final Signer signer;
  private final String target;
  private final RetryBudget budget = new RetryBudget();
  private final ManagedChannel channel;

  Transport(Profile profile, Duration timeout, InstantSource clock) {
    this.timeout = timeout;
    signer = new Signer(profile.region(), clock, Chance::name);
    target = profile.endpoint().target();
    channel = open(profile);
  }

  /** Closes the connection; calls in flight fail. */
  void close() {
    channel.shutdownNow();
  }

  /**
   * Makes one call; the bytes that are signed are those that are sent.
   *
   * <p>NOTE: every attempt carries the proof of the first, by which the server knows that it is the
   * same call, and issues no second session for it; until the server says that it cannot answer
   * that proof again.
   */
  <T> T send(Operation<T> operation, Optional<Credentials> credentials) {
    if (operation.request().length > Limits.REQUEST_BYTES_MAX) {
      throw Statuses.tooLarge();
    }
    Metadata proof = proof(operation.method(), operation.request(), credentials);
    Attempts attempts =
        new Attempts(
            operation.repetition(), budget, timeout, Ticker.system()::seconds, Chance::share);
    while (true) {
      try {
        byte[] data = attempt(operation, proof, attempts.secondsLeft());
        budget.succeeded();
        return operation.answer(data);
      } catch (StatusRuntimeException error) {
        CallException failure = Statuses.of(error, target);
        if (attempts.signAnewAfter(failure)) {
          proof = proof(operation.method(), operation.request(), credentials);
          continue;
        }
        OptionalDouble pause = attempts.pauseAfter(failure);
        if (pause.isEmpty() || !slept(pause.getAsDouble())) {
          throw failure;
        }
      }
    }
  }

  /**
   * Opens a call that stays open; its failures come with its messages.
   *
   * <p>NOTE: its proof is over the empty string, because calls that stream are signed before they
   * have anything to send.
   */
  <T> MessageStream<T> open(
      Operation<T> operation, Credentials credentials, Consumer<CallException> failed) {
    ClientCall<byte[], byte[]> call =
        channel.newCall(
            descriptor(operation.method(), MethodType.SERVER_STREAMING),
            CallOptions.DEFAULT.withDeadlineAfter(
                Limits.STREAM_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
    Metadata proof = proof(operation.method(), new byte[0], Optional.of(credentials));
    MessageStream<T> stream =
        new MessageStream<>(call, operation, error -> Statuses.of(error, target), failed);
    stream.start(proof);
    return stream;
  }

  private byte[] attempt(Operation<?> operation, Metadata proof, double seconds) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
    var signing =
        io.grpc.ClientInterceptors.intercept(
            channel, MetadataUtils.newAttachHeadersInterceptor(proof));
    return ClientCalls.blockingUnaryCall(
        signing, descriptor(operation.method(), MethodType.UNARY), options, operation.request());
  }

  private static boolean slept(double seconds) {
    try {
      TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Metadata proof(String method, byte[] body, Optional<Credentials> credentials) {
    Metadata metadata = new Metadata();
    Map<String, String> headers =
        credentials.map(keys -> signer.sign(method, body, keys)).orElse(Map.of());
    headers.forEach(
        (name, value) ->
            metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
    return metadata;
  }

  private static MethodDescriptor<byte[], byte[]> descriptor(String method, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName(method.substring(1))
        .setRequestMarshaller(BytesMarshaller.INSTANCE)
        .setResponseMarshaller(BytesMarshaller.INSTANCE)
        .build();
  }

  private static ManagedChannel open(Profile profile) {
    Endpoint endpoint = profile.endpoint();
    ChannelCredentials credentials =
        endpoint.encrypted() ? tls(profile.tls()) : InsecureChannelCredentials.create();
    boolean socket = endpoint.target().startsWith("unix:");
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(
                socket ? endpoint.target() : "dns:///" + endpoint.target(), credentials)
            // We repeat calls ourselves; see Attempts.
            .disableRetry()
            // Who controls the name service must not control our retries.
            .disableServiceConfigLookUp()
            .maxInboundMessageSize(Limits.RESPONSE_BYTES_MAX)
            .userAgent("daypass-client-java/" + Version.text());
    if (!endpoint.encrypted()) {
      // What goes in clear goes to its machine, and never through a proxy.
      builder.proxyDetector(address -> null);
    }
    return builder.build();
  }

  private static ChannelCredentials tls(Profile.Tls files) {
    if (files.clientCertificate().isPresent() != files.clientKey().isPresent()) {
      throw new ConfigurationException(
          "Of the certificate of this client and its key only one is named.",
          "Name both, or neither.");
    }
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    try {
      if (files.caBundle().isPresent()) {
        builder.trustManager(files.caBundle().get().toFile());
      }
      if (files.clientCertificate().isPresent()) {
        Path key = files.clientKey().orElseThrow();
        builder.keyManager(files.clientCertificate().get().toFile(), key.toFile());
      }
      return builder.build();
    } catch (IOException error) {
      throw new ConfigurationException("A file of TLS cannot be read: " + error.getMessage());
    }
  }

  /** Returns the failure of a stream that was waited for in vain. */
  static StatusRuntimeException interrupted() {
    return Status.CANCELLED.withDescription("the thread was interrupted").asRuntimeException();
  }
}
