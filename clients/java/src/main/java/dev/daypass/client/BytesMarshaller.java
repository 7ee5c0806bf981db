package dev.daypass.client;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Passes messages on as the bytes that were signed. */
enum BytesMarshaller implements Marshaller<byte[]> {
  /** The only one. */
  INSTANCE;

  @Override
  public InputStream stream(byte[] value) {
    return new ByteArrayInputStream(value);
  }

  @Override
  public byte[] parse(InputStream stream) {
    try {
      return stream.readAllBytes();
    } catch (IOException error) {
      throw Status.INTERNAL.withCause(error).asRuntimeException();
    }
  }
}
