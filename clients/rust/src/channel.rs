//! The channel to a server.

use std::path::Path;
use std::time::Duration;

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint as Dialed, Identity};

use crate::error::ConfigurationError;
use crate::files::unreadable;
use crate::profile::Profile;
use crate::VERSION;

// The time for a connection, like that for a call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes a channel; it connects when first used.
pub(crate) fn open(profile: &Profile) -> Result<Channel, ConfigurationError> {
    let target = profile.endpoint.target();
    let address = match (
        target.starts_with("unix:/"),
        profile.endpoint.is_encrypted(),
    ) {
        (true, _) => target.to_owned(),
        (_, true) => format!("https://{target}"),
        (_, false) => format!("http://{target}"),
    };
    let wrong = || ConfigurationError::new("The endpoint is not one to dial.");
    let mut dialed = Dialed::from_shared(address)
        .and_then(|dialed| dialed.user_agent(format!("daypass-client-rust/{VERSION}")))
        .map_err(|_| wrong())?
        .connect_timeout(CONNECT_TIMEOUT);
    let tls = tls(profile)?;
    if profile.endpoint.is_encrypted() {
        dialed = dialed.tls_config(tls).map_err(|_| {
            ConfigurationError::new("The certificates for TLS cannot be used.")
                .hint("Check ca_bundle, and the certificate of this client and its key.")
        })?;
    }
    Ok(dialed.connect_lazy())
}

/// Returns what TLS trusts, and what it shows of this client.
fn tls(profile: &Profile) -> Result<ClientTlsConfig, ConfigurationError> {
    let mut config = match &profile.ca_bundle {
        Some(file) => {
            let data = read("certificates", file)?;
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(data))
        }
        None => ClientTlsConfig::new().with_native_roots(),
    };
    match (&profile.client_certificate, &profile.client_key) {
        (None, None) => {}
        (Some(certificate), Some(key)) => {
            let shown = read("certificate of this client", certificate)?;
            config = config.identity(Identity::from_pem(shown, read("key of this client", key)?));
        }
        _ => {
            return Err(ConfigurationError::new(
                "Of the certificate of this client and its key only one is named.",
            )
            .hint("Name both, or neither."));
        }
    }
    Ok(config)
}

fn read(what: &str, file: &Path) -> Result<Vec<u8>, ConfigurationError> {
    std::fs::read(file).map_err(|error| unreadable(what, file, &error))
}
