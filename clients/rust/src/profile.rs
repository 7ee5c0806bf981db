//! Where calls go, and what signs them.

use std::path::PathBuf;
use std::time::Duration;

use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::operations::RoleRequest;
use crate::process::ProcessSource;
use crate::sources::ContainerSource;

/// The region of signatures where nobody says another.
pub const DEFAULT_REGION: &str = "us-east-1";

/// A role that is assumed by a token in a file, which is read each time.
#[derive(Clone, Debug, Default)]
pub struct WebIdentitySource {
    /// Names the role.
    pub role_arn: String,
    /// Holds the token.
    pub token_file: PathBuf,
    /// Names the session; one is made of the time where it is absent.
    pub session_name: Option<String>,
    /// How long the session is to last; absent for the server's default.
    pub duration: Option<Duration>,
}

/// What the credentials of a profile begin with.
#[derive(Clone, Debug, Default)]
pub enum Beginning {
    /// Nothing: only calls that need no proof are made.
    #[default]
    Nothing,
    /// Credentials that are there.
    Credentials(Credentials),
    /// A role by a token in a file.
    WebIdentity(WebIdentitySource),
    /// A program that prints credentials.
    Process(ProcessSource),
    /// An endpoint beside the program that hands out credentials.
    Container(ContainerSource),
}

/// Where calls go, and what signs them. The default is a server on this machine and calls
/// that need no proof.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What the profile is called; empty for one made in a program.
    pub name: String,
    /// The server.
    pub endpoint: Endpoint,
    /// The region that signatures name.
    pub region: String,
    /// What calls are signed with, or the first role is assumed with.
    pub beginning: Beginning,
    /// Roles, each assumed with the credentials of the one before.
    pub roles: Vec<RoleRequest>,
    /// A file of certificates that TLS trusts in place of the usual.
    pub ca_bundle: Option<PathBuf>,
    /// A file with the certificate that this client shows to a server that asks for one.
    pub client_certificate: Option<PathBuf>,
    /// A file with the key of that certificate.
    pub client_key: Option<PathBuf>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: String::new(),
            endpoint: Endpoint::default(),
            region: DEFAULT_REGION.to_owned(),
            beginning: Beginning::Nothing,
            roles: Vec::new(),
            ca_bundle: None,
            client_certificate: None,
            client_key: None,
        }
    }
}

impl Profile {
    /// Returns the same server with other credentials, and without roles.
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self {
            beginning: Beginning::Credentials(credentials),
            roles: Vec::new(),
            ..self
        }
    }
}
