package dev.daypass.client.verifier;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Where in the log a token was issued, and what ends it.
 *
 * @param logId the log of its time
 * @param sequence how far that had been read
 * @param ownName ends it whatever its place in the log; empty for none
 * @param ancestors the ids of the sessions and tokens that it came of, itself included where it is
 *     a session; each ends it behind its place, as does its account
 * @param others what else ends it behind its place
 */
record Origin(
    String logId,
    long sequence,
    Optional<Name> ownName,
    List<String> ancestors,
    List<Name> others) {

  /** The scope of a revocation and the subject that it names. */
  record Name(String scope, String subject) {
    static Name session(String accessKeyId) {
      return new Name("session", accessKeyId);
    }

    static Name token(String tokenId) {
      return new Name("token", tokenId);
    }

    static Name account(String accountId) {
      return new Name("account", accountId);
    }

    static Name principal(String principalId) {
      return new Name("principal", principalId);
    }
  }

  private static final Pattern ACCESS_KEY_ID = Pattern.compile("[A-Z0-9]{4}[A-Z2-7]{16}");
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int FLAG_BIT = 79;
  private static final int RANDOM_BITS = 39;
  private static final long ACCOUNT_MASK = (1L << 40) - 1;
  private static final long ACCOUNT_MAX = 999_999_999_999L;

  /** Tells whether one of the names fits, by which a token ends that was issued before. */
  boolean anyName(Predicate<Name> fits) {
    if (others.stream().anyMatch(fits)) {
      return true;
    }
    for (String name : ancestors) {
      // What is no access key id is the id of a token.
      Name other = accountOf(name).map(Name::account).orElseGet(() -> Name.token(name));
      if (fits.test(Name.session(name)) || fits.test(other)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the account that an access key id carries; empty where it has none. */
  static Optional<String> accountOf(String accessKeyId) {
    if (!ACCESS_KEY_ID.matcher(accessKeyId).matches()) {
      return Optional.empty();
    }
    BigInteger number = BigInteger.ZERO;
    for (char digit : accessKeyId.substring(4).toCharArray()) {
      number = number.shiftLeft(5).add(BigInteger.valueOf(BASE32.indexOf(digit)));
    }
    long found = number.shiftRight(RANDOM_BITS).longValue() & ACCOUNT_MASK;
    if (!number.testBit(FLAG_BIT) || found > ACCOUNT_MAX) {
      return Optional.empty();
    }
    return Optional.of(String.format("%012d", found));
  }
}
