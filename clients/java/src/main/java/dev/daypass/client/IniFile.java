package dev.daypass.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the files of the AWS SDKs: sections of {@code key = value}. A line that is indented below a
 * key without a value is a nested setting of another service, and is passed over.
 *
 * <p>An error names the line and shows nothing of it: it may hold a secret.
 */
final class IniFile {
  private static final Pattern SECTION =
      Pattern.compile("\\[\\s*([^\\[\\]]+?)\\s*\\]\\s*(?:[#;].*)?");

  private final Path file;
  private final Map<String, Map<String, String>> sections = new LinkedHashMap<>();
  private Map<String, String> section;
  private int depth = -1;
  private boolean nested;

  private IniFile(Path file) {
    this.file = file;
  }

  /** Returns the entries of each section of a file; none where it is missing. */
  static Map<String, Map<String, String>> read(Path file) {
    IniFile reader = new IniFile(file);
    String[] lines = reader.text().split("\n", -1);
    for (int number = 1; number <= lines.length; number++) {
      reader.line(lines[number - 1], number);
    }
    return reader.sections;
  }

  private String text() {
    byte[] data;
    try (InputStream stream = Files.newInputStream(file)) {
      data = stream.readNBytes(Limits.PROFILE_FILE_BYTES_MAX + 1);
    } catch (NoSuchFileException missing) {
      return "";
    } catch (IOException error) {
      throw new ConfigurationException("The file " + file + " cannot be read.");
    }
    if (data.length > Limits.PROFILE_FILE_BYTES_MAX) {
      throw new ConfigurationException("The file " + file + " is longer than 1 MiB.");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException error) {
      throw new ConfigurationException("The file " + file + " is not UTF-8 text.");
    }
  }

  private void line(String line, int number) {
    String content = line.strip();
    if (content.isEmpty() || content.charAt(0) == '#' || content.charAt(0) == ';') {
      return;
    }
    if (line.charAt(0) == '[') {
      Matcher form = SECTION.matcher(content);
      if (!form.matches()) {
        throw fault("The section is not of the form [name].", number);
      }
      section = new HashMap<>();
      if (sections.put(form.group(1), section) != null) {
        throw fault("The section is a repetition.", number);
      }
      depth = -1;
    } else {
      entry(line, number);
    }
  }

  private void entry(String line, int number) {
    int indent = line.length() - line.stripLeading().length();
    if (depth >= 0 && indent > depth) {
      if (!nested) {
        throw fault("The line is indented; a value has one line.", number);
      }
      return;
    }
    int equals = line.indexOf('=');
    String key = equals < 0 ? "" : line.substring(0, equals).strip().toLowerCase(Locale.ROOT);
    if (key.isEmpty()) {
      throw fault("The line is not of the form key = value.", number);
    }
    if (section == null) {
      throw fault("The key stands before the first [section].", number);
    }
    String value = line.substring(equals + 1).strip();
    if (section.put(key, value) != null) {
      throw fault("The key is a repetition.", number);
    }
    depth = indent;
    nested = value.isEmpty();
  }

  private ConfigurationException fault(String message, int number) {
    return new ConfigurationException(file + ":" + number + ": " + message);
  }
}
