package dev.daypass.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits a line into words as a POSIX shell does, with quotation marks and backslashes. */
final class ShellWords {
  private ShellWords() {}

  /** Returns the words; empty where a quotation mark has no pair. */
  static Optional<String[]> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (int at = 0; at < line.length(); at++) {
      char mark = line.charAt(at);
      boolean escapes = mark == '\\' && quote != '\'';
      if (escapes && (quote == 0 || "\"\\".indexOf(peek(line, at + 1)) >= 0)) {
        if (++at == line.length()) {
          return Optional.empty();
        }
        word = append(word, line.charAt(at));
      } else if (quote == 0 && (mark == '\'' || mark == '"')) {
        quote = mark;
        word = word == null ? new StringBuilder() : word;
      } else if (mark == quote) {
        quote = 0;
      } else if (quote == 0 && Character.isWhitespace(mark)) {
        if (word != null) {
          words.add(word.toString());
        }
        word = null;
      } else {
        word = append(word, mark);
      }
    }
    if (word != null) {
      words.add(word.toString());
    }
    return quote == 0 ? Optional.of(words.toArray(String[]::new)) : Optional.empty();
  }

  private static char peek(String line, int at) {
    return at < line.length() ? line.charAt(at) : ' ';
  }

  private static StringBuilder append(StringBuilder word, char mark) {
    return (word == null ? new StringBuilder() : word).append(mark);
  }
}
