//! The files with profiles.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::ConfigurationError;
use crate::ini::{fault, parse, split_words, Entries, Section};

pub(crate) const DEFAULT_PROFILE: &str = "default";
const LOCAL_FOLDER: &str = ".daypass";
// A thousand profiles are about 200 KiB.
const FILE_BYTES_MAX: usize = 1_048_576;

/// Names the file and the fault of the system, never what is in it.
pub(crate) fn unreadable(what: &str, file: &Path, error: &std::io::Error) -> ConfigurationError {
    ConfigurationError::new(format!("The {what} cannot be read: {}.", error.kind())).file(file)
}

/// The profiles of a pair of files, and where they were looked for.
#[derive(Default)]
pub(crate) struct ProfileFiles {
    pub(crate) profiles: BTreeMap<String, Entries>,
    pub(crate) places: Vec<PathBuf>,
}

type Environ = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the process has around it.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) environ: Arc<Environ>,
    pub(crate) home: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Surroundings {
    pub(crate) fn of_process() -> Result<Self, ConfigurationError> {
        let folder = std::env::current_dir()
            .map_err(|_| ConfigurationError::new("There is no current folder."))?;
        Ok(Self {
            environ: Arc::new(|name| std::env::var(name).ok()),
            // Without a home folder there are no files in it.
            home: std::env::home_dir().unwrap_or_default(),
            folder,
        })
    }

    /// Returns a variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.environ)(name).filter(|value| !value.is_empty())
    }

    /// Returns a path as a person writes it.
    pub(crate) fn resolve(&self, text: &str) -> PathBuf {
        match text.strip_prefix('~') {
            Some("") => self.home.clone(),
            Some(rest) if rest.starts_with('/') => self.home.join(&rest[1..]),
            _ => self.folder.join(text),
        }
    }

    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(|text| self.resolve(&text))
    }

    /// Reads the files that the variables of AWS name, or those in `~/.aws`.
    pub(crate) fn aws_files(&self) -> Result<ProfileFiles, ConfigurationError> {
        let own = |name| self.home.join(".aws").join(name);
        let credentials = self.file("AWS_SHARED_CREDENTIALS_FILE");
        let config = self.file("AWS_CONFIG_FILE");
        read_pair(
            credentials.unwrap_or_else(|| own("credentials")),
            config.unwrap_or_else(|| own("config")),
        )
    }

    /// Reads `.daypass` of the current folder, as a development server writes it. There are
    /// none where a variable of AWS names files, and where the folder is missing, belongs to
    /// somebody else or can be written by others.
    ///
    /// NOTE: such a folder counts only as a whole: its endpoint never meets credentials from
    /// elsewhere, so that a folder of a stranger cannot draw them.
    pub(crate) fn local_files(&self) -> Result<ProfileFiles, ConfigurationError> {
        let is_named = |name| self.get(name).is_some();
        if is_named("AWS_SHARED_CREDENTIALS_FILE") || is_named("AWS_CONFIG_FILE") {
            return Ok(ProfileFiles::default());
        }
        let folder = self.folder.join(LOCAL_FOLDER);
        let is_ours = std::fs::symlink_metadata(&folder).is_ok_and(|state| {
            let owner = rustix::process::geteuid().as_raw();
            state.is_dir() && state.uid() == owner && state.mode() & 0o022 == 0
        });
        if !is_ours {
            return Ok(ProfileFiles::default());
        }
        read_pair(folder.join("credentials"), folder.join("config"))
    }
}

/// Reads a credentials file and a config file; either may be missing. Where both have a key
/// of a profile, that of the credentials file counts.
fn read_pair(credentials: PathBuf, config: PathBuf) -> Result<ProfileFiles, ConfigurationError> {
    let mut profiles: BTreeMap<String, Entries> = BTreeMap::new();
    for section in read_sections(&config)? {
        if let Some(name) = config_name(&section, &config)? {
            profiles.entry(name).or_default().extend(section.entries);
        }
    }
    for section in read_sections(&credentials)? {
        profiles
            .entry(section.name)
            .or_default()
            .extend(section.entries);
    }
    Ok(ProfileFiles {
        profiles,
        places: vec![credentials, config],
    })
}

fn read_sections(path: &Path) -> Result<Vec<Section>, ConfigurationError> {
    let stream = match std::fs::File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(|error| unreadable("file", path, &error))?,
    };
    let mut data = Vec::new();
    stream
        .take(FILE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut data)
        .map_err(|error| unreadable("file", path, &error))?;
    if data.len() > FILE_BYTES_MAX {
        let message = format!("The file is longer than {FILE_BYTES_MAX} bytes.");
        return Err(ConfigurationError::new(message).file(path));
    }
    let text = String::from_utf8(data)
        .map_err(|_| ConfigurationError::new("The file is not UTF-8 text.").file(path))?;
    parse(text.strip_prefix('\u{feff}').unwrap_or(&text), path)
}

/// Returns the profile that a section of a config file is of, if it is of one.
fn config_name(section: &Section, file: &Path) -> Result<Option<String>, ConfigurationError> {
    if section.name == DEFAULT_PROFILE {
        return Ok(Some(section.name.clone()));
    }
    let words = split_words(&section.name).ok_or_else(|| {
        fault(
            "The section has a quotation mark without its pair.",
            file,
            section.line,
        )
    })?;
    match &words[..] {
        [first, name] if first == "profile" => Ok(Some(name.clone())),
        [first, ..] if first == "profile" => Err(fault(
            "The section is not of the form [profile name].",
            file,
            section.line,
        )),
        _ => Ok(None),
    }
}
