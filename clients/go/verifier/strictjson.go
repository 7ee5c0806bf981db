package verifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	depthMax            = 32
	numberCharactersMax = 32
	exponentMax         = 308
)

var errJSON = errors.New("the document is malformed, ambiguous, or beyond a bound")

// object holds nil, bool, json.Number, string, []any and object.
type object = map[string]any

// loadsObject parses a document that must be an object.
//
// SPEC: RFC 8259, narrowed: UTF-8 without a byte order mark; no lone surrogates; no
// duplicate members; bounded depth and numbers. Who calls has bounded its size.
func loadsObject(data []byte) (object, error) {
	if !utf8.Valid(data) || hasLoneSurrogate(data) || isTooDeep(data) || !json.Valid(data) {
		return nil, errJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	value, err := readValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errJSON
	}
	found, ok := value.(object)
	if !ok {
		return nil, errJSON
	}
	return found, nil
}

func readValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, errJSON
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return readObject(decoder)
		}
		return readList(decoder)
	case json.Number:
		return token, checkNumber(token.String())
	}
	return token, nil
}

func readObject(decoder *json.Decoder) (any, error) {
	found := object{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, errJSON
		}
		name, ok := key.(string)
		if _, repeated := found[name]; repeated || !ok {
			return nil, errJSON
		}
		if found[name], err = readValue(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return found, err
}

func readList(decoder *json.Decoder) (any, error) {
	found := []any{}
	for decoder.More() {
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		found = append(found, value)
	}
	_, err := decoder.Token()
	return found, err
}

func checkNumber(digits string) error {
	if len(digits) > numberCharactersMax {
		return errJSON
	}
	if place := strings.IndexAny(digits, "eE"); place >= 0 {
		exponent, err := strconv.Atoi(digits[place+1:])
		if err != nil || exponent > exponentMax || exponent < -exponentMax {
			return errJSON
		}
	}
	return nil
}

// isTooDeep counts brackets outside of strings; the parser has not seen them yet.
func isTooDeep(data []byte) bool {
	depth, inString := 0, false
	for place := 0; place < len(data); place++ {
		switch character := data[place]; {
		case inString && character == '\\':
			place++
		case character == '"':
			inString = !inString
		case inString:
		case character == '{' || character == '[':
			if depth++; depth > depthMax {
				return true
			}
		case character == '}' || character == ']':
			depth--
		}
	}
	return false
}

// hasLoneSurrogate looks for half a character, which only an escape can bring. The
// parser of the library would put another character in its place.
func hasLoneSurrogate(data []byte) bool {
	for place := 0; place < len(data); place++ {
		if data[place] != '\\' {
			continue
		}
		unit, isUnit := escapedUnit(data[place:])
		if !isUnit {
			place++
			continue
		}
		place += 5
		if unit < 0xd800 || unit > 0xdfff {
			continue
		}
		low, isUnit := escapedUnit(data[place+1:])
		if unit > 0xdbff || !isUnit || low < 0xdc00 || low > 0xdfff {
			return true
		}
		place += 6
	}
	return false
}

func escapedUnit(data []byte) (uint64, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(data[2:6]), 16, 32)
	return unit, err == nil
}
