//! Programs of this machine that hand out credentials.

use std::fmt;
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::credentials::Credentials;
use crate::error::{CallError, ConfigurationError, Error};
use crate::sources::{not_credentials, read_document, DOCUMENT_BYTES_MAX, SOURCE_TIMEOUT};

/// A program that prints credentials, as `credential_process` of a profile names it. It runs
/// without a shell, each time that new credentials are needed. Its arguments do not print:
/// one may be secret.
#[derive(Clone)]
pub struct ProcessSource {
    command: Vec<String>,
}

impl ProcessSource {
    /// Returns a source: a program and its arguments.
    pub fn new(command: Vec<String>) -> Self {
        Self { command }
    }

    pub(crate) async fn credentials(&self) -> Result<Credentials, Error> {
        let Some((program, arguments)) = self.command.split_first() else {
            let message = "The program of credential_process has no name.";
            return Err(ConfigurationError::new(message).into());
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        // What the program has started ends with it.
        command.process_group(0);
        let child = command.spawn().map_err(|_| {
            ConfigurationError::new("The program of credential_process cannot be run.")
        })?;
        let mut group = Group(child);
        let printed = timeout(SOURCE_TIMEOUT, group.output()).await;
        match printed {
            Ok(Ok((_, data))) if data.len() > DOCUMENT_BYTES_MAX => {
                Err(not_credentials("it is too long"))
            }
            Ok(Ok((true, data))) => read_document(&data, true),
            _ => Err(CallError::unavailable(
                "CredentialSourceUnavailable",
                "The program of credential_process has failed, or took too long",
                "Check that it runs, then ask again.",
            )
            .into()),
        }
    }
}

impl fmt::Debug for ProcessSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProcessSource")
    }
}

/// A program and what it has started, which ends with this value.
struct Group(Child);

impl Group {
    /// Returns whether the program went well, and what it printed, cut behind the bound.
    async fn output(&mut self) -> std::io::Result<(bool, Vec<u8>)> {
        let mut data = Vec::new();
        if let Some(stdout) = self.0.stdout.take() {
            stdout
                .take(DOCUMENT_BYTES_MAX as u64 + 1)
                .read_to_end(&mut data)
                .await?;
        }
        if data.len() > DOCUMENT_BYTES_MAX {
            return Ok((false, data));
        }
        Ok((self.0.wait().await?.success(), data))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // One that has ended has no id any more.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself meanwhile.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn printing(script: &str) -> ProcessSource {
        ProcessSource::new(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[tokio::test]
    async fn programs_print_credentials() {
        let secret = "s".repeat(40);
        let document = format!(
            r#"{{"Version":1,"AccessKeyId":"ASIAAAAAAAAAAAAAAAAA","SecretAccessKey":"{secret}","SessionToken":"t.t.t","Expiration":"2030-01-01T00:00:00Z"}}"#
        );
        let found = printing(&format!("printf '%s' '{document}'"))
            .credentials()
            .await
            .unwrap();
        assert_eq!(secret, found.secret_access_key.reveal());
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
        assert_eq!(Some(end), found.expiration);

        let other = document.replace(":1,", ":2,");
        let error = printing(&format!("printf '%s' '{other}'"))
            .credentials()
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Configuration(_)));
        assert!(!format!("{error} {error:?}").contains(&secret));
        assert!(printing("exit 3")
            .credentials()
            .await
            .unwrap_err()
            .is_unavailable());
        let endless = printing("cat /dev/zero").credentials().await.unwrap_err();
        assert!(matches!(endless, Error::Configuration(_)));
        let missing = ProcessSource::new(vec!["/nowhere/at/all".into()]);
        assert!(matches!(
            missing.credentials().await,
            Err(Error::Configuration(_))
        ));
        assert_eq!("ProcessSource", format!("{:?}", printing("secret")));
    }
}
