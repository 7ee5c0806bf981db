package verifier

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The year 9999, which is as far as a time of other languages reaches.
const secondsMax = 253_402_300_799

// claims are those of a token whose signature and type are right, taken one by one, each
// in its one type. What is missing or of another type is kept as a fault: who has taken
// all asks once whether that went well.
type claims struct {
	members object
	faults  *int
}

func readClaims(payload []byte) (claims, error) {
	members, err := loadsObject(payload)
	if err != nil {
		return claims{}, untrusted
	}
	return claims{members, new(int)}, nil
}

func (c claims) has(name string) bool {
	_, given := c.members[name]
	return given
}

// ended tells whether each claim was there and in its type, and was taken.
func (c claims) ended() bool { return *c.faults == 0 && len(c.members) == 0 }

func (c claims) take(name string) any {
	value, given := c.members[name]
	if !given {
		*c.faults++
	}
	delete(c.members, name)
	return value
}

func (c claims) text(name string) string {
	text, isText := c.take(name).(string)
	c.require(isText)
	return text
}

func (c claims) textIfAny(name string) string {
	if !c.has(name) {
		return ""
	}
	return c.text(name)
}

func (c claims) texts(name string) []string {
	if !c.has(name) {
		return nil
	}
	return c.asTexts(c.take(name))
}

// textOrTexts takes a string or a list of strings, of which there is at least one.
func (c claims) textOrTexts(name string) []string {
	value := c.take(name)
	found := []string{}
	if text, isText := value.(string); isText {
		found = append(found, text)
	} else {
		found = c.asTexts(value)
	}
	c.require(len(found) > 0)
	for _, each := range found {
		c.require(each != "")
	}
	return found
}

func (c claims) integer(name string) int64 { return c.asInteger(c.take(name)) }

func (c claims) instant(name string) time.Time { return time.Unix(c.integer(name), 0).UTC() }

func (c claims) instantIfAny(name string) time.Time {
	if !c.has(name) {
		return time.Time{}
	}
	return c.instant(name)
}

func (c claims) textAndInteger(name string) (string, int64) {
	list, isList := c.take(name).([]any)
	if !isList || len(list) != 2 {
		*c.faults++
		return "", 0
	}
	text, isText := list[0].(string)
	c.require(isText)
	return text, c.asInteger(list[1])
}

func (c claims) textLists(name string) map[string][]string {
	found := map[string][]string{}
	if c.has(name) {
		for key, value := range c.object(name) {
			found[key] = c.asTexts(value)
		}
	}
	return found
}

// object takes an object, whose members are left to the caller.
func (c claims) object(name string) object {
	members, isObject := c.take(name).(object)
	c.require(isObject)
	return members
}

// inner takes an object, whose members are claims of their own.
func (c claims) inner(name string) claims { return claims{c.object(name), c.faults} }

func (c claims) asTexts(value any) []string {
	list, isList := value.([]any)
	c.require(isList)
	found := make([]string, 0, len(list))
	for _, each := range list {
		text, isText := each.(string)
		c.require(isText)
		found = append(found, text)
	}
	return found
}

func (c claims) asInteger(value any) int64 {
	digits, isNumber := value.(json.Number)
	number, err := strconv.ParseInt(digits.String(), 10, 64)
	whole := isNumber && err == nil && !strings.ContainsAny(digits.String(), ".eE")
	c.require(whole && number >= 0 && number <= secondsMax)
	return number
}

func (c claims) require(so bool) {
	if !so {
		*c.faults++
	}
}
