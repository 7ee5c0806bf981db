//! How a profile is loaded.

use crate::endpoint::{Endpoint, DEFAULT_ENDPOINT};
use crate::error::ConfigurationError;
use crate::files::{ProfileFiles, Surroundings, DEFAULT_PROFILE};
use crate::ini::Entries;
use crate::path::{environment_container, of_environment, of_profile, text};
use crate::profile::{Beginning, Profile, DEFAULT_REGION};

/// Loads profiles, with an endpoint or a region of the caller's.
#[derive(Default)]
pub struct ProfileLoader {
    endpoint: Option<String>,
    region: Option<String>,
    around: Option<Surroundings>,
}

impl Profile {
    /// Loads a profile. The empty name takes the credentials of the environment
    /// (`AWS_ACCESS_KEY_ID` and its kin), or else the token that
    /// `AWS_WEB_IDENTITY_TOKEN_FILE` names for the role of `AWS_ROLE_ARN`, or else the
    /// profile that `DAYPASS_PROFILE` or `AWS_PROFILE` names, or else `default`, or else the
    /// endpoint of `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn load(name: &str) -> Result<Self, ConfigurationError> {
        ProfileLoader::default().load(name)
    }
}

impl ProfileLoader {
    /// Names the server, whatever the environment and the profile say.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Names the region, whatever the environment and the profile say.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Loads a profile, as [`Profile::load`] does.
    pub fn load(&self, name: &str) -> Result<Profile, ConfigurationError> {
        let around = match &self.around {
            Some(around) => around.clone(),
            None => Surroundings::of_process()?,
        };
        let mut chosen = Some(name.to_owned()).filter(|name| !name.is_empty());
        let mut beginning = None;
        if chosen.is_none() {
            beginning = of_environment(&around)?;
            chosen = around
                .get("DAYPASS_PROFILE")
                .or_else(|| around.get("AWS_PROFILE"));
        }
        let wanted = chosen.as_deref().unwrap_or(DEFAULT_PROFILE);
        let files = files_with(&around, wanted, beginning.is_some())?;
        let entries = files.profiles.get(wanted);
        let (beginning, roles) = match (beginning, entries, &chosen) {
            (Some(beginning), _, _) => (beginning, Vec::new()),
            (None, Some(entries), _) => of_profile(entries, &files, &around)?,
            // As in the AWS tools: what runs beside the program comes last.
            (None, None, None) => {
                let beside = environment_container(&around)?.map(Beginning::Container);
                (beside.unwrap_or_default(), Vec::new())
            }
            (None, None, Some(name)) => return Err(no_such_profile(name, &files, &around)?),
        };
        let is_default = chosen.is_none() && entries.is_some();
        let name = chosen.unwrap_or(if is_default {
            DEFAULT_PROFILE.into()
        } else {
            "".into()
        });
        let none = Entries::new();
        let profile = Profile {
            name,
            beginning,
            roles,
            ..Profile::default()
        };
        self.complete(profile, entries.unwrap_or(&none), &around)
    }

    /// Says where calls go.
    fn complete(
        &self,
        profile: Profile,
        entries: &Entries,
        around: &Surroundings,
    ) -> Result<Profile, ConfigurationError> {
        let setting = |name: &str, key: &str| around.get(name).or_else(|| text(entries, key));
        let file = |name, key| setting(name, key).map(|text| around.resolve(&text));
        let region = self.region.clone().or_else(|| around.get("AWS_REGION"));
        let region = region.or_else(|| setting("AWS_DEFAULT_REGION", "region"));
        let endpoint = self.endpoint.clone();
        let endpoint = endpoint.or_else(|| setting("DAYPASS_ENDPOINT", "daypass_endpoint"));
        let endpoint = endpoint.or_else(|| text(entries, "endpoint_url"));
        Ok(Profile {
            endpoint: Endpoint::parse(endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT))?,
            region: region.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
            ca_bundle: file("AWS_CA_BUNDLE", "ca_bundle"),
            client_certificate: file("DAYPASS_CLIENT_CERTIFICATE", "daypass_client_certificate"),
            client_key: file("DAYPASS_CLIENT_KEY", "daypass_client_key"),
            ..profile
        })
    }
}

/// Returns the files of AWS, or those of `.daypass` if only they have a profile.
fn files_with(
    around: &Surroundings,
    name: &str,
    is_given: bool,
) -> Result<ProfileFiles, ConfigurationError> {
    let files = around.aws_files()?;
    if is_given || files.profiles.contains_key(name) {
        return Ok(files);
    }
    let local = around.local_files()?;
    Ok(if local.profiles.contains_key(name) {
        local
    } else {
        files
    })
}

fn no_such_profile(
    name: &str,
    files: &ProfileFiles,
    around: &Surroundings,
) -> Result<ConfigurationError, ConfigurationError> {
    let local = around.local_files()?;
    let places = files.places.iter().chain(&local.places);
    let places: Vec<_> = places.map(|place| place.display().to_string()).collect();
    let mut known: Vec<_> = files
        .profiles
        .keys()
        .chain(local.profiles.keys())
        .cloned()
        .collect();
    known.sort();
    let error = ConfigurationError::new(format!(
        "There is no profile {name:?} in {}.",
        places.join(", ")
    ));
    if known.is_empty() {
        return Ok(error);
    }
    Ok(error.hint(format!("There are: {}.", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::*;

    const KEYS: &str = "aws_access_key_id = AKIAAAAAAAAAAAAAAAAA\naws_secret_access_key = s\n";

    /// A folder of a test, which goes with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("daypass-{}", crate::retry::draw_id());
            let place = std::env::temp_dir().join(name);
            std::fs::create_dir_all(place.join(".aws")).unwrap();
            Self(place)
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.0.join(name), text).unwrap();
        }

        fn load(
            &self,
            name: &str,
            environ: &[(&str, &str)],
        ) -> Result<Profile, ConfigurationError> {
            let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
            let environ: HashMap<_, _> = environ.iter().map(owned).collect();
            let around = Surroundings {
                environ: Arc::new(move |name| environ.get(name).cloned()),
                home: self.0.clone(),
                folder: self.0.clone(),
            };
            let around = Some(around);
            ProfileLoader {
                around,
                ..ProfileLoader::default()
            }
            .load(name)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn environment_comes_first() {
        let folder = Folder::new();
        folder.write(".aws/credentials", &format!("[default]\n{KEYS}"));
        let keys = [
            ("AWS_ACCESS_KEY_ID", "ASIABBBBBBBBBBBBBBBB"),
            ("AWS_SECRET_ACCESS_KEY", "t"),
        ];
        let id = |found: &Profile| match &found.beginning {
            Beginning::Credentials(found) => found.access_key_id.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!("ASIABBBBBBBBBBBBBBBB", id(&folder.load("", &keys).unwrap()));
        assert_eq!("AKIAAAAAAAAAAAAAAAAA", id(&folder.load("", &[]).unwrap()));
        assert_eq!(
            "AKIAAAAAAAAAAAAAAAAA",
            id(&folder.load("default", &keys).unwrap())
        );
        assert!(folder.load("", &keys[..1]).is_err());
        let token = [("AWS_WEB_IDENTITY_TOKEN_FILE", "t"), ("AWS_ROLE_ARN", "r")];
        let found = folder.load("", &token).unwrap();
        let Beginning::WebIdentity(source) = found.beginning else {
            panic!("another")
        };
        assert_eq!(folder.0.join("t"), source.token_file);
        assert!(folder.load("", &token[..1]).is_err());
    }

    #[test]
    fn container_comes_last() {
        let folder = Folder::new();
        let beside = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x")];
        assert!(matches!(
            folder.load("", &beside).unwrap().beginning,
            Beginning::Container(_)
        ));
        let far = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://a.example/x")];
        assert!(folder.load("", &far).is_err());
        assert!(matches!(
            folder.load("", &[]).unwrap().beginning,
            Beginning::Nothing
        ));
        assert!(folder.load("missing", &beside).is_err());
    }

    #[test]
    fn roles_lead_to_a_beginning() {
        let folder = Folder::new();
        let config = "[profile a]\nrole_arn = one\nsource_profile = b\nregion = eu-1\n\
            [profile b]\nrole_arn = two\nsource_profile = c\nduration_seconds = 900\n\
            [profile c]\ncredential_process = printer 'x y'\n\
            [profile loop]\nrole_arn = x\nsource_profile = loop\n\
            [profile dead]\nrole_arn = x\nsource_profile = empty\n[profile empty]\n\
            [profile sso]\nsso_session = x\n\
            [profile env]\nrole_arn = x\ncredential_source = Environment\n";
        folder.write(".aws/config", config);
        let found = folder.load("a", &[]).unwrap();
        let roles: Vec<_> = found.roles.iter().map(|role| &*role.role_arn).collect();
        assert_eq!(["two", "one"].to_vec(), roles);
        assert_eq!("eu-1", found.region);
        assert!(matches!(found.beginning, Beginning::Process(_)));
        for name in ["loop", "dead", "sso", "env"] {
            let error = folder.load(name, &[]).unwrap_err();
            assert_eq!(
                (true, true),
                (error.line > 0, error.file.is_some()),
                "{name}"
            );
        }
    }

    #[test]
    fn folder_of_a_stranger_does_not_count() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new();
        let place = folder.0.join(".daypass");
        std::fs::create_dir(&place).unwrap();
        let local = format!("[dev]\n{KEYS}daypass_endpoint = 127.0.0.1:7\n");
        folder.write(".daypass/credentials", &local);
        let allow = |mode| {
            std::fs::set_permissions(Path::new(&place), PermissionsExt::from_mode(mode)).unwrap()
        };
        allow(0o700);
        assert_eq!(
            "127.0.0.1:7",
            folder.load("dev", &[]).unwrap().endpoint.target()
        );
        assert!(folder.load("dev", &[("AWS_CONFIG_FILE", "x")]).is_err());
        allow(0o722);
        assert!(folder.load("dev", &[]).is_err());
    }
}
