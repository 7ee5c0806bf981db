package dev.daypass.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;

/**
 * A call to make.
 *
 * @param method the full method, with a slash before it
 * @param request the bytes to sign and send
 * @param reader reads the bytes of the answer
 * @param signed whether the call needs credentials
 * @param repetition when it may be made again
 * @param <T> what it answers
 */
record Operation<T>(
    String method, byte[] request, Reader<T> reader, boolean signed, Repetition repetition) {

  /** Reads an answer. */
  interface Reader<T> {
    /** Returns the value of the bytes. */
    T read(byte[] data) throws InvalidProtocolBufferException;
  }

  static <T> Operation<T> signed(
      String method, MessageLite request, Repetition repetition, Reader<T> reader) {
    return new Operation<>(method, request.toByteArray(), reader, true, repetition);
  }

  static <T> Operation<T> open(
      String method, MessageLite request, Repetition repetition, Reader<T> reader) {
    return new Operation<>(method, request.toByteArray(), reader, false, repetition);
  }

  /** Reads the bytes of the answer. */
  T answer(byte[] data) {
    try {
      return reader.read(data);
    } catch (InvalidProtocolBufferException
        | ConfigurationException
        | IllegalArgumentException
        | ArithmeticException
        | java.time.DateTimeException broken) {
      // NOTE: not chained: what is broken may hold a secret.
      throw Statuses.unreadable();
    }
  }
}
