package dev.daypass.client.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one JSON loader, as strict as that of the server (RFC 8259, narrowed): UTF-8 without a byte
 * order mark; no lone surrogates; no duplicate members; bounded depth and digits.
 *
 * <p>An integer becomes a {@link Long}, or a {@link BigInteger} where it is too large; a number
 * with a fraction or an exponent a {@link BigDecimal}, which no claim of ours is.
 */
public final class StrictJson {
  private static final int DEPTH_MAX = 32;
  private static final int NUMBER_CHARACTERS_MAX = 32;
  private static final int EXPONENT_MAX = 308;
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(\\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?");

  /** The text is not JSON of the one form; nothing of it is shown. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  private final String text;
  private int place;
  private int depth;

  private StrictJson(String text) {
    this.text = text;
  }

  /**
   * Reads a document that must be an object.
   *
   * @param data the document; who calls has bounded its size
   * @throws MalformedException it is malformed, ambiguous, beyond a bound, or no object
   */
  public static Map<String, Object> object(byte[] data) throws MalformedException {
    StrictJson reader = new StrictJson(decoded(data));
    Object value = reader.document();
    if (!(value instanceof Map<?, ?>)) {
      throw new MalformedException("the document is not an object");
    }
    @SuppressWarnings("unchecked") // Only objects become maps, and their names are text.
    Map<String, Object> members = (Map<String, Object>) value;
    return members;
  }

  private static String decoded(byte[] data) throws MalformedException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
    } catch (CharacterCodingException error) {
      throw new MalformedException("the document is not UTF-8");
    }
  }

  private Object document() throws MalformedException {
    Object value = value();
    skipBlanks();
    if (place != text.length()) {
      throw new MalformedException("something stands behind the document");
    }
    return value;
  }

  private Object value() throws MalformedException {
    skipBlanks();
    return switch (peek()) {
      case '{' -> members();
      case '[' -> elements();
      case '"' -> string();
      case 't' -> word("true", Boolean.TRUE);
      case 'f' -> word("false", Boolean.FALSE);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> members() throws MalformedException {
    enter();
    Map<String, Object> found = new LinkedHashMap<>();
    if (endsEmpty('}')) {
      return found;
    }
    do {
      skipBlanks();
      String name = string();
      skipBlanks();
      expect(':');
      Object value = value();
      if (found.containsKey(name)) {
        throw new MalformedException("an object has two members of one name");
      }
      found.put(name, value);
    } while (goesOn('}'));
    return found;
  }

  private List<Object> elements() throws MalformedException {
    enter();
    List<Object> found = new ArrayList<>();
    if (endsEmpty(']')) {
      return found;
    }
    do {
      found.add(value());
    } while (goesOn(']'));
    return found;
  }

  private void enter() throws MalformedException {
    place++;
    if (++depth > DEPTH_MAX) {
      throw new MalformedException("the document is nested too deeply");
    }
  }

  private boolean endsEmpty(char end) throws MalformedException {
    skipBlanks();
    if (peek() != end) {
      return false;
    }
    place++;
    depth--;
    return true;
  }

  private boolean goesOn(char end) throws MalformedException {
    skipBlanks();
    if (peek() == ',') {
      place++;
      return true;
    }
    expect(end);
    depth--;
    return false;
  }

  private String string() throws MalformedException {
    expect('"');
    StringBuilder found = new StringBuilder();
    while (true) {
      char next = peek();
      place++;
      if (next == '"') {
        return whole(found.toString());
      }
      if (next < ' ') {
        throw new MalformedException("a string holds a control character");
      }
      found.append(next == '\\' ? escaped() : next);
    }
  }

  private char escaped() throws MalformedException {
    char mark = peek();
    place++;
    return switch (mark) {
      case '"', '\\', '/' -> mark;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unit();
      default -> throw new MalformedException("an escape is not known");
    };
  }

  private char unit() throws MalformedException {
    int found = 0;
    for (int digit = 0; digit < 4; digit++) {
      char next = peek();
      int value = next < 128 ? Character.digit(next, 16) : -1;
      if (value < 0) {
        throw new MalformedException("an escape is not known");
      }
      found = found * 16 + value;
      place++;
    }
    return (char) found;
  }

  private static String whole(String found) throws MalformedException {
    for (int at = 0; at < found.length(); at++) {
      char unit = found.charAt(at);
      boolean pair =
          Character.isHighSurrogate(unit)
              && at + 1 < found.length()
              && Character.isLowSurrogate(found.charAt(at + 1));
      if (Character.isSurrogate(unit) && !pair) {
        throw new MalformedException("a string holds half a character");
      }
      at += pair ? 1 : 0;
    }
    return found;
  }

  private Object number() throws MalformedException {
    Matcher form = NUMBER.matcher(text).region(place, text.length());
    if (!form.lookingAt() || form.end() - form.start() > NUMBER_CHARACTERS_MAX) {
      throw new MalformedException("that is no value, or a number with too many digits");
    }
    place = form.end();
    String digits = form.group();
    String exponent = form.group(2);
    if (exponent != null
        && new BigInteger(exponent).abs().compareTo(BigInteger.valueOf(EXPONENT_MAX)) > 0) {
      throw new MalformedException("a number has too large an exponent");
    }
    if (form.group(1) != null || exponent != null) {
      return new BigDecimal(digits);
    }
    BigInteger integer = new BigInteger(digits);
    return integer.bitLength() < Long.SIZE ? (Object) integer.longValueExact() : integer;
  }

  private Object word(String word, Object value) throws MalformedException {
    if (!text.startsWith(word, place)) {
      throw new MalformedException("that is no value");
    }
    place += word.length();
    return value;
  }

  private void skipBlanks() {
    while (place < text.length() && " \t\n\r".indexOf(text.charAt(place)) >= 0) {
      place++;
    }
  }

  private char peek() throws MalformedException {
    if (place >= text.length()) {
      throw new MalformedException("the document ends too early");
    }
    return text.charAt(place);
  }

  private void expect(char mark) throws MalformedException {
    if (peek() != mark) {
      throw new MalformedException("the document is not JSON");
    }
    place++;
  }
}
