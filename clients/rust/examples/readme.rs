use daypass::{Client, Profile, RoleRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Profile::load("dev")?)?;
    let role = RoleRequest::new("arn:aws:iam::123456789012:role/ReadOnlyRole");
    let session = client.assume_role(&role).await?;
    println!("{}", session.arn);
    Ok(())
}
