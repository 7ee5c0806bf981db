//! Where a profile leads to: a beginning, and roles behind it.

use std::time::Duration;

use crate::credentials::Credentials;
use crate::error::ConfigurationError;
use crate::files::{ProfileFiles, Surroundings};
use crate::ini::{split_words, Entries, Entry};
use crate::operations::RoleRequest;
use crate::process::ProcessSource;
use crate::profile::{Beginning, WebIdentitySource};
use crate::secret::Secret;
use crate::sources::{check_url, ContainerSource};

// Roles that one profile may lead through; the server allows as many.
const ROLE_CHAIN_MAX: usize = 16;
// Where the agent of a container answers, for what is given without a host.
const CONTAINER_HOST: &str = "http://169.254.170.2";

type Found<T> = Result<T, ConfigurationError>;

/// Returns what the environment leads to by itself; nothing for nothing.
pub(crate) fn of_environment(around: &Surroundings) -> Found<Option<Beginning>> {
    if let Some(keys) = environment_credentials(around)? {
        return Ok(Some(Beginning::Credentials(keys)));
    }
    let Some(token_file) = around.file("AWS_WEB_IDENTITY_TOKEN_FILE") else {
        return Ok(None);
    };
    let role_arn = around.get("AWS_ROLE_ARN").ok_or_else(|| {
        let message = "Of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN only the first is set.";
        ConfigurationError::new(message).hint("Set both, or neither.")
    })?;
    let session_name = around.get("AWS_ROLE_SESSION_NAME");
    let source = WebIdentitySource {
        role_arn,
        token_file,
        session_name,
        duration: None,
    };
    Ok(Some(Beginning::WebIdentity(source)))
}

fn environment_credentials(around: &Surroundings) -> Found<Option<Credentials>> {
    match (
        around.get("AWS_ACCESS_KEY_ID"),
        around.get("AWS_SECRET_ACCESS_KEY"),
    ) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => {
            let token = around.get("AWS_SESSION_TOKEN");
            Credentials::new(&id, &secret, token.as_deref()).map(Some)
        }
        _ => Err(ConfigurationError::new(
            "Of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set.",
        )
        .hint("Set both, or neither.")),
    }
}

/// Returns the endpoint that runs beside the program; nothing for none.
pub(crate) fn environment_container(around: &Surroundings) -> Found<Option<ContainerSource>> {
    let url = match around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) if path.starts_with('/') => format!("{CONTAINER_HOST}{path}"),
        Some(_) => {
            return Err(ConfigurationError::new(
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash.",
            ));
        }
        None => match around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            Some(url) => url,
            None => return Ok(None),
        },
    };
    check_url(&url)?;
    Ok(Some(ContainerSource {
        url,
        authorization: around
            .get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            .map(Secret::new),
        authorization_file: around.file("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    }))
}

/// Follows a profile to its credentials, through the roles that it names.
pub(crate) fn of_profile(
    first: &Entries,
    files: &ProfileFiles,
    around: &Surroundings,
) -> Found<(Beginning, Vec<RoleRequest>)> {
    let mut roles = Vec::new();
    let mut entries = first;
    while let Some(role) = given(entries, "role_arn") {
        if given(entries, "web_identity_token_file").is_some() {
            let source = read_web_identity(entries, around)?;
            roles.reverse();
            return Ok((Beginning::WebIdentity(source), roles));
        }
        if roles.len() == ROLE_CHAIN_MAX {
            return Err(role.fault(format!(
                "The profile leads through more than {ROLE_CHAIN_MAX} roles, or back to itself."
            )));
        }
        roles.push(read_role(entries)?);
        if let Some(named) = given(entries, "credential_source") {
            roles.reverse();
            return Ok((read_named_source(entries, named, around)?, roles));
        }
        entries = read_source(entries, role, files)?;
        // As in the AWS tools: a source's own keys come before its role.
        if given(entries, "aws_access_key_id").is_some() {
            break;
        }
    }
    roles.reverse();
    let keys = read_keys(entries)?;
    let process = read_process(entries)?;
    let beginning = match (keys, process) {
        (Some(keys), _) => Beginning::Credentials(keys),
        (None, Some(process)) => Beginning::Process(process),
        (None, None) => Beginning::Nothing,
    };
    match (&beginning, given(first, "role_arn")) {
        (Beginning::Nothing, Some(role)) => {
            Err(role.fault("The profile's source_profile leads to a profile without credentials."))
        }
        _ => Ok((beginning, roles)),
    }
}

fn read_named_source(entries: &Entries, named: &Entry, around: &Surroundings) -> Found<Beginning> {
    if let Some(other) = given(entries, "source_profile") {
        return Err(other.fault("A profile has source_profile or credential_source."));
    }
    match named.text() {
        "Environment" => environment_credentials(around)?
            .map(Beginning::Credentials)
            .ok_or_else(|| named.fault("There are no keys in the environment.")),
        "EcsContainer" => environment_container(around)?
            .map(Beginning::Container)
            .ok_or_else(|| named.fault("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set.")),
        _ => Err(named.fault("credential_source is Environment or EcsContainer.")),
    }
}

fn read_process(entries: &Entries) -> Found<Option<ProcessSource>> {
    let Some(entry) = given(entries, "credential_process") else {
        return Ok(None);
    };
    match split_words(entry.text()) {
        Some(words) if words.first().is_some_and(|word| !word.is_empty()) => {
            Ok(Some(ProcessSource::new(words)))
        }
        _ => Err(entry.fault("credential_process is not a program with arguments.")),
    }
}

fn read_web_identity(entries: &Entries, around: &Surroundings) -> Found<WebIdentitySource> {
    for key in ["source_profile", "mfa_serial", "external_id"] {
        if let Some(entry) = given(entries, key) {
            let message = format!("A profile with web_identity_token_file takes no {key}.");
            return Err(entry.fault(message));
        }
    }
    Ok(WebIdentitySource {
        role_arn: text(entries, "role_arn").unwrap_or_default(),
        token_file: around.resolve(&text(entries, "web_identity_token_file").unwrap_or_default()),
        session_name: text(entries, "role_session_name"),
        duration: read_duration(entries)?,
    })
}

fn read_source<'a>(entries: &Entries, role: &Entry, files: &'a ProfileFiles) -> Found<&'a Entries> {
    let Some(source) = given(entries, "source_profile") else {
        refuse_other_forms(entries)?;
        return Err(role.fault(
            "A profile with role_arn needs source_profile or web_identity_token_file too.",
        ));
    };
    let found = files.profiles.get(source.text());
    found.ok_or_else(|| source.fault("There is no such source_profile."))
}

fn read_role(entries: &Entries) -> Found<RoleRequest> {
    Ok(RoleRequest {
        role_arn: text(entries, "role_arn").unwrap_or_default(),
        session_name: text(entries, "role_session_name"),
        duration: read_duration(entries)?,
        external_id: text(entries, "external_id"),
        serial_number: text(entries, "mfa_serial"),
        ..RoleRequest::default()
    })
}

fn read_duration(entries: &Entries) -> Found<Option<Duration>> {
    let Some(entry) = given(entries, "duration_seconds") else {
        return Ok(None);
    };
    // NOTE: no upper bound of its own: what a role allows is the server's to say.
    let digits = entry.text();
    let is_number = digits.len() <= 6 && digits.bytes().all(|each| each.is_ascii_digit());
    match digits.parse() {
        Ok(seconds) if is_number => Ok(Some(Duration::from_secs(seconds))),
        _ => Err(entry.fault("duration_seconds is not a whole number of seconds.")),
    }
}

fn read_keys(entries: &Entries) -> Found<Option<Credentials>> {
    let half = "Of aws_access_key_id and aws_secret_access_key only one is there.";
    match (
        given(entries, "aws_access_key_id"),
        given(entries, "aws_secret_access_key"),
    ) {
        (None, None) => refuse_other_forms(entries).map(|()| None),
        (Some(entry), None) | (None, Some(entry)) => Err(entry.fault(half)),
        (Some(id), Some(secret)) => {
            let token = text(entries, "aws_session_token");
            Credentials::new(id.text(), secret.text(), token.as_deref())
                .map(Some)
                .map_err(|error| id.fault(error.message))
        }
    }
}

fn refuse_other_forms(entries: &Entries) -> Found<()> {
    if let Some(entry) = given(entries, "web_identity_token_file") {
        return Err(entry.fault("A profile with web_identity_token_file needs role_arn too."));
    }
    for key in ["sso_session", "sso_start_url", "login_session"] {
        if let Some(entry) = given(entries, key) {
            return Err(entry.fault(format!(
                "Profiles with {key} are not supported; use keys, credential_process, \
                 or role_arn with source_profile or web_identity_token_file."
            )));
        }
    }
    Ok(())
}

/// Returns an entry that is there and not empty.
pub(crate) fn given<'a>(entries: &'a Entries, key: &str) -> Option<&'a Entry> {
    entries.get(key).filter(|entry| !entry.text().is_empty())
}

pub(crate) fn text(entries: &Entries, key: &str) -> Option<String> {
    given(entries, key).map(|entry| entry.text().to_owned())
}
