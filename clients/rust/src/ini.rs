//! Files of the AWS SDKs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::ConfigurationError;
use crate::secret::Secret;

/// A value and where it stands; its text may be secret.
#[derive(Clone)]
pub(crate) struct Entry {
    text: Secret,
    file: PathBuf,
    line: usize,
}

impl Entry {
    pub(crate) fn text(&self) -> &str {
        self.text.reveal()
    }

    /// Returns the error of a value that cannot be used.
    pub(crate) fn fault(&self, message: impl Into<String>) -> ConfigurationError {
        fault(message, &self.file, self.line)
    }
}

pub(crate) type Entries = BTreeMap<String, Entry>;

pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) entries: Entries,
}

pub(crate) fn fault(message: impl Into<String>, file: &Path, line: usize) -> ConfigurationError {
    ConfigurationError::new(message).file(file).line(line)
}

/// Parses sections of `key = value`. Values have one line; what is indented below a key
/// without a value is a nested setting of another service, and is passed over. An error
/// names the line and shows nothing of it.
pub(crate) fn parse(text: &str, file: &Path) -> Result<Vec<Section>, ConfigurationError> {
    let mut found: Vec<Section> = Vec::new();
    let mut last: Option<(usize, bool)> = None;
    for (place, whole) in text.split('\n').enumerate() {
        let line = place + 1;
        let content = whole.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if whole.starts_with('[') {
            let name = section_name(content)
                .ok_or_else(|| fault("The section is not of the form [name].", file, line))?;
            if found.iter().any(|each| each.name == name) {
                return Err(fault("The section is a repetition.", file, line));
            }
            found.push(Section {
                name: name.to_owned(),
                line,
                entries: Entries::new(),
            });
            last = None;
            continue;
        }
        let indent = whole.len() - whole.trim_start_matches([' ', '\t']).len();
        if let Some((depth, is_nested)) = last {
            if indent > depth {
                if is_nested {
                    continue;
                }
                return Err(fault(
                    "The line is indented; a value has one line.",
                    file,
                    line,
                ));
            }
        }
        let section = found
            .last_mut()
            .ok_or_else(|| fault("The key stands before the first [section].", file, line))?;
        let is_empty = read_entry(content, &mut section.entries, file, line)?;
        last = Some((indent, is_empty));
    }
    Ok(found)
}

fn section_name(content: &str) -> Option<&str> {
    let (name, rest) = content.strip_prefix('[')?.split_once(']')?;
    let (name, rest) = (name.trim(), rest.trim());
    let is_good = !name.is_empty() && !name.contains('[');
    (is_good && (rest.is_empty() || rest.starts_with(['#', ';']))).then_some(name)
}

/// Reads an entry, and tells whether its value is empty.
fn read_entry(
    content: &str,
    entries: &mut Entries,
    file: &Path,
    line: usize,
) -> Result<bool, ConfigurationError> {
    let (key, value) = content
        .split_once('=')
        .map(|(key, value)| (key.trim().to_lowercase(), value.trim()))
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| fault("The line is not of the form key = value.", file, line))?;
    let entry = Entry {
        text: Secret::new(value),
        file: file.to_owned(),
        line,
    };
    if entries.insert(key, entry).is_some() {
        return Err(fault("The key is a repetition.", file, line));
    }
    Ok(value.is_empty())
}

/// Splits a command line as a shell does, without expanding anything; nothing where a
/// quotation mark is without its pair.
pub(crate) fn split_words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut is_begun) = (Vec::new(), String::new(), false);
    let (mut quote, mut is_escaped) = (None, false);
    for each in text.chars() {
        match (quote, each) {
            _ if is_escaped => {
                if quote == Some('"') && !matches!(each, '"' | '\\') {
                    word.push('\\');
                }
                word.push(each);
                is_escaped = false;
            }
            (None | Some('"'), '\\') => (is_escaped, is_begun) = (true, true),
            (Some(mark), _) if mark == each => quote = None,
            (Some(_), _) => word.push(each),
            (None, '\'' | '"') => (quote, is_begun) = (Some(each), true),
            (None, ' ' | '\t') => {
                if is_begun {
                    words.push(std::mem::take(&mut word));
                }
                is_begun = false;
            }
            _ => {
                word.push(each);
                is_begun = true;
            }
        }
    }
    if is_begun {
        words.push(word);
    }
    (quote.is_none() && !is_escaped).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read() {
        let text = "# x\n[default]\nA = b = c \n[profile x] ; y\ns3 =\n  a = 1\nregion=z\n";
        let Ok(found) = parse(text, Path::new("f")) else {
            panic!("refused")
        };
        assert_eq!(["default", "profile x"], [&*found[0].name, &*found[1].name]);
        assert_eq!("b = c", found[0].entries["a"].text());
        assert_eq!("z", found[1].entries["region"].text());
    }

    #[test]
    fn faults_name_the_line_and_show_nothing() {
        for text in [
            "[a]\nsecret",
            "[a]\nx=1\n  secret",
            "[a]\nx=1\nx=secret",
            "[a]\n[a]",
            "x=secret",
            "[]",
        ] {
            let Err(error) = parse(text, Path::new("f")) else {
                panic!("{text}")
            };
            assert!(
                error.line > 0 && !format!("{error:?}").contains("secret"),
                "{text}"
            );
        }
    }

    #[test]
    fn words_are_those_of_a_shell() {
        let found = split_words(r#"a 'b c' "d \"e\" \x" f\ g """#).unwrap();
        assert_eq!(
            ["a", "b c", r#"d "e" \x"#, "f g", ""]
                .map(str::to_owned)
                .to_vec(),
            found
        );
        assert_eq!((None, None), (split_words("'a"), split_words("a\\")));
    }
}
