package dev.daypass.client;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The messages of one call, as they come. One thread reads, any may close it.
 *
 * <p>A stream ends after five minutes at the most, or when the server drains; whoever follows
 * something opens another one and goes on.
 *
 * @param <T> the messages
 */
public final class MessageStream<T> implements Iterator<T>, AutoCloseable {
  private sealed interface Event permits Message, End {}

  private record Message(byte[] data) implements Event {}

  private record End(Status status, Metadata trailers) implements Event {}

  private final ClientCall<byte[], byte[]> call;
  private final Operation<T> operation;
  private final Function<StatusRuntimeException, CallException> fail;
  private final Consumer<CallException> failed;
  // At most one message and one end are in it: the next message is asked for when one is taken.
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private volatile boolean closed;
  private boolean ended;
  private byte[] next;

  MessageStream(
      ClientCall<byte[], byte[]> call,
      Operation<T> operation,
      Function<StatusRuntimeException, CallException> fail,
      Consumer<CallException> failed) {
    this.call = call;
    this.operation = operation;
    this.fail = fail;
    this.failed = failed;
  }

  void start(Metadata proof) {
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            events.add(new Message(message));
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            events.add(new End(status, trailers));
          }
        },
        proof);
    call.sendMessage(operation.request());
    call.halfClose();
    call.request(1);
  }

  /** Ends the stream; whoever reads it sees it end. */
  @Override
  public void close() {
    closed = true;
    call.cancel("the stream is closed", null);
  }

  /**
   * Waits for a message, and tells whether there is one.
   *
   * @throws CallException the stream was refused, or broke
   */
  @Override
  public boolean hasNext() {
    if (next != null || ended) {
      return next != null;
    }
    if (take() instanceof Message message) {
      next = message.data();
      call.request(1);
      return true;
    }
    return false;
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    byte[] data = next;
    next = null;
    return operation.answer(data);
  }

  private Event take() {
    Event event;
    try {
      event = events.take();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      close();
      throw fail.apply(Transport.interrupted());
    }
    if (event instanceof End end) {
      ended = true;
      if (!closed && !end.status().isOk()) {
        CallException failure = fail.apply(end.status().asRuntimeException(end.trailers()));
        failed.accept(failure);
        throw failure;
      }
    }
    return event;
  }
}
