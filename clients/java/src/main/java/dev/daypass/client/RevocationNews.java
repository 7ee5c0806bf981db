package dev.daypass.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A message of the stream of revocations.
 *
 * @param logId the log; what was issued by another one is to be refused
 * @param sequence how far the log is known after this message
 * @param restart whether what was known before is to be forgotten
 * @param revocations further revocations, in order
 * @param complete whether that is all up to {@code sequence}
 * @param staleness how long before it sent this the server had read the log
 */
public record RevocationNews(
    String logId,
    long sequence,
    boolean restart,
    List<Entry> revocations,
    boolean complete,
    Duration staleness) {
  /**
   * One revocation.
   *
   * @param sequence its number
   * @param scope what it names: {@code session}, {@code principal}, {@code account}, {@code key} or
   *     {@code token}. Whoever does not know a scope must not go on: it revokes something.
   * @param subject the name
   * @param keepTime when it may be forgotten
   */
  public record Entry(long sequence, String scope, String subject, Instant keepTime) {}
}
