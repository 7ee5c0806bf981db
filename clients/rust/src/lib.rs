//! The Rust client of Daypass: temporary credentials over gRPC, and the offline
//! verification of tokens.
//!
//! A [`Client`] has methods for what most programs do; [`Client::call`] makes every other
//! operation by its request, a message of [`api`]: signed, with a deadline and repeated
//! all the same. Tokens are verified without a call by [`verifier`].

#![deny(missing_docs)]

pub mod api;
mod call_error;
mod chain;
mod channel;
mod client;
mod clock;
mod credentials;
mod endpoint;
mod error;
mod fetch;
mod files;
mod guard;
mod ini;
mod json;
mod load;
mod operation;
mod operations;
mod path;
mod process;
mod profile;
mod provider;
mod retry;
mod secret;
mod signing;
mod sources;
mod transport;
pub mod verifier;

pub use client::{Client, ClientBuilder};
pub use clock::{boot_time, Clock, SystemClock};
pub use credentials::Credentials;
pub use endpoint::{Endpoint, DEFAULT_ENDPOINT};
pub use error::{
    CallError, CannotVouchError, ConfigurationError, Error, FieldViolation, Kind, Rejection,
    TokenRejectedError,
};
pub use load::ProfileLoader;
pub use operation::{Operation, StreamOperation};
pub use operations::{AssumedRole, CallerIdentity, Revocation, RoleRequest, VerifiedToken};
pub use process::ProcessSource;
pub use profile::{Beginning, Profile, WebIdentitySource, DEFAULT_REGION};
pub use provider::{Obtain, RefreshingCredentials};
pub use secret::{Secret, REDACTED};
pub use signing::Signer;
pub use sources::ContainerSource;
pub use transport::Stream;

/// The version of this client; it is that of the server it is released with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
