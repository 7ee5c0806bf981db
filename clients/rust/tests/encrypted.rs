//! Calls and key sets over TLS.

mod support;

use daypass::api::sts::v1::GetCallerIdentityResponse;
use daypass::verifier::{JwksUrl, Verifier};
use daypass::{Beginning, Client, Credentials, Endpoint, Error, Kind, Profile};
use prost::Message;
use support::{http, serve_bytes, serve_calls, Authority, Folder};

const KEYS: &str = r#"{"keys":[{"kid":"a","kty":"OKP","alg":"EdDSA","use":"sig","crv":"Ed25519",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

async fn encrypted_server(
    authority: &Authority,
    trailers: &'static [(&'static str, &'static str)],
) -> Profile {
    let who = GetCallerIdentityResponse {
        arn: "arn:x".into(),
        ..Default::default()
    };
    let address = serve_calls(
        who.encode_to_vec(),
        trailers,
        authority.acceptor(b"h2", true),
    )
    .await;
    let keys = Credentials::new("AKIAAAAAAAAAAAAAAAAA", "s", None).unwrap();
    Profile {
        endpoint: Endpoint::parse(&format!("https://localhost:{}", address.port())).unwrap(),
        beginning: Beginning::Credentials(keys),
        ..Profile::default()
    }
}

fn with_certificates(plain: Profile, authority: &Authority, folder: &Folder) -> Profile {
    let (certificate, key) = authority.issue("client");
    Profile {
        ca_bundle: Some(folder.write("ca", &authority.pem())),
        client_certificate: Some(folder.write("certificate", &certificate.pem())),
        client_key: Some(folder.write("key", &key.serialize_pem())),
        ..plain
    }
}

async fn call(profile: &Profile) -> Result<String, Error> {
    let client = Client::new(profile.clone())?;
    client.get_caller_identity().await.map(|found| found.arn)
}

#[tokio::test]
async fn both_sides_show_who_they_are() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let plain = encrypted_server(&authority, &[("grpc-status", "0")]).await;
    let profile = with_certificates(plain, &authority, &folder);
    let kind = |found: Result<String, Error>| match found {
        Err(Error::Call(failed)) => failed.kind,
        other => panic!("{other:?}"),
    };

    assert_eq!("arn:x", call(&profile).await.unwrap());
    let trusts_others = Profile {
        ca_bundle: None,
        ..profile.clone()
    };
    assert_eq!(Kind::Unavailable, kind(call(&trusts_others).await));
    let other = Some(folder.write("other", &Authority::new().pem()));
    let trusts_another = Profile {
        ca_bundle: other,
        ..profile.clone()
    };
    assert_eq!(Kind::Unavailable, kind(call(&trusts_another).await));
    let nobody = Profile {
        client_certificate: None,
        client_key: None,
        ..profile.clone()
    };
    assert_eq!(Kind::Unavailable, kind(call(&nobody).await));
    let half = Profile {
        client_key: None,
        ..profile
    };
    assert!(matches!(call(&half).await, Err(Error::Configuration(_))));
}

#[tokio::test]
async fn details_that_cannot_be_read_are_an_error() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let trailers = &[("grpc-status", "7"), ("grpc-status-details-bin", "!")];
    let plain = encrypted_server(&authority, trailers).await;

    let found = call(&with_certificates(plain, &authority, &folder)).await;

    assert!(matches!(found, Err(Error::Call(_))), "{found:?}");
}

#[tokio::test]
async fn key_sets_come_from_whom_is_trusted() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let acceptor = authority.acceptor(b"http/1.1", false);
    let address = serve_bytes(http("200 OK", KEYS), Some(acceptor)).await;
    let mut url = JwksUrl::new(format!("https://localhost:{}/jwks.json", address.port()));

    assert!(matches!(
        Verifier::builder(url.clone()).build().await,
        Err(Error::Call(_))
    ));
    url.ca_bundle = Some(folder.write("ca", &authority.pem()));
    let verifier = Verifier::builder(url).build().await.unwrap();
    assert_eq!(["a".to_owned()].to_vec(), verifier.status().key_ids);
}
