//! JSON of one spelling.
//!
//! SPEC: RFC 8259, narrowed: UTF-8 without a byte order mark; no lone surrogates; no
//! duplicate members; bounded depth and numbers. Who calls has bounded its size.

use std::collections::BTreeMap;

const DEPTH_MAX: usize = 32;
const NUMBER_CHARACTERS_MAX: usize = 32;
const EXPONENT_MAX: i64 = 308;

/// The members of an object.
pub type Object = BTreeMap<String, Value>;

/// A value; a number stays as it is spelt.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Whether something is so.
    Bool(bool),
    /// A number, as it is spelt.
    Number(String),
    /// Text.
    Text(String),
    /// Values in their order.
    List(Vec<Value>),
    /// Members by name.
    Object(Object),
}

/// The document is malformed, ambiguous, or beyond a bound.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed;

/// Parses a document that must be an object.
pub(crate) fn parse_object(data: &[u8]) -> Result<Object, Malformed> {
    let text = std::str::from_utf8(data).map_err(|_| Malformed)?;
    let mut parser = Parser { text, place: 0 };
    parser.skip_blanks();
    let found = parser.value(0)?;
    parser.skip_blanks();
    match found {
        Value::Object(members) if parser.place == text.len() => Ok(members),
        _ => Err(Malformed),
    }
}

struct Parser<'a> {
    text: &'a str,
    place: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    fn next(&mut self) -> Result<u8, Malformed> {
        let found = self.peek().ok_or(Malformed)?;
        self.place += 1;
        Ok(found)
    }

    fn takes(&mut self, expected: u8) -> bool {
        let is_there = self.peek() == Some(expected);
        self.place += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, expected: u8) -> Result<(), Malformed> {
        if self.takes(expected) {
            Ok(())
        } else {
            Err(Malformed)
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.place += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Malformed> {
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEPTH_MAX => Err(Malformed),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, Malformed> {
        let rest = &self.text[self.place..];
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ] {
            if rest.starts_with(word) {
                self.place += word.len();
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn object(&mut self, depth: usize) -> Result<Value, Malformed> {
        let mut members = Object::new();
        self.expect(b'{')?;
        self.skip_blanks();
        if self.takes(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_blanks();
            let name = self.string()?;
            self.skip_blanks();
            self.expect(b':')?;
            self.skip_blanks();
            let value = self.value(depth)?;
            if members.insert(name, value).is_some() {
                return Err(Malformed);
            }
            self.skip_blanks();
            match self.next()? {
                b',' => {}
                b'}' => return Ok(Value::Object(members)),
                _ => return Err(Malformed),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Malformed> {
        let mut values = Vec::new();
        self.expect(b'[')?;
        self.skip_blanks();
        if self.takes(b']') {
            return Ok(Value::List(values));
        }
        loop {
            self.skip_blanks();
            values.push(self.value(depth)?);
            self.skip_blanks();
            match self.next()? {
                b',' => {}
                b']' => return Ok(Value::List(values)),
                _ => return Err(Malformed),
            }
        }
    }

    fn string(&mut self) -> Result<String, Malformed> {
        self.expect(b'"')?;
        let mut found = String::new();
        loop {
            let begin = self.place;
            while !matches!(self.peek().ok_or(Malformed)?, b'"' | b'\\' | 0..=0x1f) {
                self.place += 1;
            }
            found += &self.text[begin..self.place];
            match self.next()? {
                b'"' => return Ok(found),
                b'\\' => found.push(self.escape()?),
                _ => return Err(Malformed),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit).ok_or(Malformed);
                }
                self.expect(b'\\')?;
                self.expect(b'u')?;
                let low = self.unit()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(Malformed);
                }
                let joined = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(joined).ok_or(Malformed);
            }
            _ => return Err(Malformed),
        })
    }

    fn unit(&mut self) -> Result<u32, Malformed> {
        let mut found = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(Malformed)?;
            found = found * 16 + digit;
        }
        Ok(found)
    }

    fn number(&mut self) -> Result<Value, Malformed> {
        let begin = self.place;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let begin = self.place;
            if !self.takes(b'-') {
                self.takes(b'+');
            }
            self.digits()?;
            let exponent: i64 = self.text[begin..self.place]
                .parse()
                .map_err(|_| Malformed)?;
            if exponent.abs() > EXPONENT_MAX {
                return Err(Malformed);
            }
        }
        let spelt = &self.text[begin..self.place];
        if spelt.len() > NUMBER_CHARACTERS_MAX {
            return Err(Malformed);
        }
        Ok(Value::Number(spelt.to_owned()))
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let begin = self.place;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.place += 1;
        }
        if self.place == begin {
            Err(Malformed)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_spelling() {
        let found = parse_object(br#" {"a":[1,-0.5e3,true,null,"\ud83d\ude00\n"],"b":{}} "#);
        let found = found.unwrap();
        let Value::List(list) = &found["a"] else {
            panic!("no list")
        };
        assert_eq!(Value::Number("-0.5e3".into()), list[1]);
        assert_eq!(Value::Text("\u{1f600}\n".into()), list[4]);
    }

    #[test]
    fn refuses_others() {
        let deep = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        for text in [
            "",
            "[]",
            "{",
            "{}x",
            r#"{"a":1,"a":2}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":+1}"#,
            r#"{"a":1e309}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\ud800\u0041"}"#,
            r#"{"a":"\udc00"}"#,
            r#"{"a":"\x"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":1,}"#,
            r#"{"a":[1,]}"#,
            r#"{a:1}"#,
            r#"{"a":NaN}"#,
            "\u{feff}{}",
            r#"{"a":111111111111111111111111111111111}"#,
        ] {
            assert_eq!(Err(Malformed), parse_object(text.as_bytes()), "{text}");
        }
        assert!(parse_object(deep(31).as_bytes()).is_ok());
        assert!(parse_object(deep(32).as_bytes()).is_err());
        assert!(parse_object(b"{\"a\":\"\xff\"}").is_err());
    }
}
