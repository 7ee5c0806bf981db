//! The messages of the protos; [`crate::Client::call`] sends them.
//!
//! What a proto marks as secret does not print.

#![allow(missing_docs, clippy::all)]

macro_rules! package {
    ($($name:ident),*) => {
        $(pub mod $name {
            pub mod v1 {
                include!(concat!("api/daypass.api.", stringify!($name), ".v1.rs"));
            }
        })*
    };
}

package!(access, keyring, session, sts, token, types);
