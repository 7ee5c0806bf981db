package dev.daypass.client.verifier;

import dev.daypass.client.internal.StrictJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Claims that a key has vouched for, taken one by one, each in its one type. Every method refuses
 * where the claim is missing or of another type.
 */
final class Claims {
  // The year 9999.
  private static final long SECONDS_MAX = 253_402_300_799L;

  /** A list of one string and one integer. */
  record Epoch(String log, long sequence) {}

  private final Map<String, Object> members;

  private Claims(Map<String, Object> members) {
    this.members = members;
  }

  static Claims of(byte[] payload) throws RefusedException {
    try {
      return new Claims(StrictJson.object(payload));
    } catch (StrictJson.MalformedException error) {
      throw RefusedException.untrusted();
    }
  }

  /** Tells whether a claim is there and has not been taken. */
  boolean has(String name) {
    return members.containsKey(name);
  }

  String text(String name) throws RefusedException {
    return asText(members.remove(name));
  }

  Optional<String> maybeText(String name) throws RefusedException {
    return has(name) ? Optional.of(text(name)) : Optional.empty();
  }

  /** Takes a list of strings; absent means empty. */
  List<String> texts(String name) throws RefusedException {
    return has(name) ? asTexts(members.remove(name)) : List.of();
  }

  /** Takes a string or a list of strings, of which there is at least one. */
  List<String> textOrTexts(String name) throws RefusedException {
    Object value = members.remove(name);
    List<String> found = value instanceof String text ? List.of(text) : asTexts(value);
    if (found.isEmpty() || found.contains("")) {
      throw RefusedException.untrusted();
    }
    return found;
  }

  long integer(String name) throws RefusedException {
    return asInteger(members.remove(name));
  }

  Instant instant(String name) throws RefusedException {
    return Instant.ofEpochSecond(integer(name));
  }

  Optional<Instant> maybeInstant(String name) throws RefusedException {
    return has(name) ? Optional.of(instant(name)) : Optional.empty();
  }

  Epoch epoch(String name) throws RefusedException {
    if (members.remove(name) instanceof List<?> pair && pair.size() == 2) {
      return new Epoch(asText(pair.get(0)), asInteger(pair.get(1)));
    }
    throw RefusedException.untrusted();
  }

  /** Takes an object whose members are lists of strings; absent means empty. */
  Map<String, List<String>> textLists(String name) throws RefusedException {
    Map<String, List<String>> found = new HashMap<>();
    if (has(name)) {
      for (Map.Entry<String, Object> entry : members(name).members.entrySet()) {
        found.put(entry.getKey(), asTexts(entry.getValue()));
      }
    }
    return Collections.unmodifiableMap(found);
  }

  /** Takes an object of strings; absent means empty. */
  Map<String, String> textMap(String name) throws RefusedException {
    Map<String, String> found = new HashMap<>();
    if (has(name)) {
      for (Map.Entry<String, Object> entry : members(name).members.entrySet()) {
        found.put(entry.getKey(), asText(entry.getValue()));
      }
    }
    return Collections.unmodifiableMap(found);
  }

  /** Takes an object, whose members are claims of their own. */
  Claims members(String name) throws RefusedException {
    if (members.remove(name) instanceof Map<?, ?> object) {
      Map<String, Object> found = new HashMap<>();
      object.forEach((key, value) -> found.put((String) key, value));
      return new Claims(found);
    }
    throw RefusedException.untrusted();
  }

  /** Takes all that is left. */
  Map<String, Object> rest() {
    Map<String, Object> left = new HashMap<>(members);
    members.clear();
    return Collections.unmodifiableMap(left);
  }

  /** Refuses a token with a claim that nobody took. */
  void checkAllTaken() throws RefusedException {
    if (!members.isEmpty()) {
      throw RefusedException.untrusted();
    }
  }

  private static String asText(Object value) throws RefusedException {
    if (value instanceof String text) {
      return text;
    }
    throw RefusedException.untrusted();
  }

  private static List<String> asTexts(Object value) throws RefusedException {
    if (!(value instanceof List<?> list)) {
      throw RefusedException.untrusted();
    }
    List<String> found = new ArrayList<>();
    for (Object text : list) {
      found.add(asText(text));
    }
    return Collections.unmodifiableList(found);
  }

  private static long asInteger(Object value) throws RefusedException {
    if (value instanceof Long number && number >= 0 && number <= SECONDS_MAX) {
      return number;
    }
    throw RefusedException.untrusted();
  }
}
