//! Verifies the session token on standard input, and assumes a role.

use daypass::verifier::Verifier;
use daypass::{Client, Error, Profile, RoleRequest};

const ROLE: &str = "arn:aws:iam::123456789012:role/ReadOnlyRole";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::io::read_to_string(std::io::stdin())?;
    let offline = Verifier::follow(client("verifier")?).await?;
    let found = offline.session(token.trim()).await?;
    println!(
        "{} good, as of {:?}",
        found.claims.access_key_id, found.revocation_age
    );

    let session = client("dev")?.assume_role(&RoleRequest::new(ROLE)).await?;
    println!("{}", session.arn);
    Ok(())
}

fn client(profile: &str) -> Result<Client, Error> {
    Client::new(Profile::load(profile)?)
}
