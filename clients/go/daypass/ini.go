package daypass

import (
	"regexp"
	"strings"
)

// entry is a value and where it stands; its text may be secret.
type entry struct {
	text Secret
	file string
	line int
}

type section struct {
	name    string
	line    int
	entries map[string]entry
}

var sectionForm = regexp.MustCompile(`^\[\s*([^\[\]]*?)\s*\]\s*(?:[#;].*)?$`)

// parseSections reads a file of the AWS SDKs: sections of `key = value`. Values have one
// line; what is indented below a key without a value is a nested setting of another
// service, and is passed over. An error names the line and shows nothing of it.
func parseSections(text, file string) ([]section, error) {
	var found []section
	seen := map[string]bool{}
	depth, nested := -1, false
	for place, line := range strings.Split(text, "\n") {
		number := place + 1
		content := strings.TrimSpace(line)
		if content == "" || content[0] == '#' || content[0] == ';' {
			continue
		}
		if line[0] == '[' {
			form := sectionForm.FindStringSubmatch(content)
			if form == nil || form[1] == "" {
				return nil, fault("The section is not of the form [name].", file, number)
			}
			if seen[form[1]] {
				return nil, fault("The section is a repetition.", file, number)
			}
			seen[form[1]] = true
			found = append(found, section{form[1], number, map[string]entry{}})
			depth, nested = -1, false
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if depth >= 0 && indent > depth {
			if !nested {
				return nil, fault("The line is indented; a value has one line.", file, number)
			}
			continue
		}
		if len(found) == 0 {
			return nil, fault("The key stands before the first [section].", file, number)
		}
		value, err := readEntry(content, found[len(found)-1].entries, file, number)
		if err != nil {
			return nil, err
		}
		depth, nested = indent, value == ""
	}
	return found, nil
}

func readEntry(content string, entries map[string]entry, file string, line int) (string, error) {
	key, value, isPair := strings.Cut(content, "=")
	key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
	if !isPair || key == "" {
		return "", fault("The line is not of the form key = value.", file, line)
	}
	if _, repeated := entries[key]; repeated {
		return "", fault("The key is a repetition.", file, line)
	}
	entries[key] = entry{NewSecret(value), file, line}
	return value, nil
}

func fault(message, file string, line int) error {
	return &ConfigurationError{Message: message, File: file, Line: line}
}

// splitWords splits a command line as a shell does, without expanding anything.
func splitWords(text string) ([]string, bool) {
	var words []string
	var word strings.Builder
	quote, begun, escaped := rune(0), false, false
	for _, character := range text {
		switch {
		case escaped:
			if quote == '"' && character != '"' && character != '\\' {
				word.WriteRune('\\')
			}
			word.WriteRune(character)
			escaped = false
		case character == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && character == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(character)
		case character == '\'' || character == '"':
			quote, begun = character, true
		case character == ' ' || character == '\t':
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(character)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words, quote == 0 && !escaped
}
