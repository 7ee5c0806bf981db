//! Credentials and key sets that are fetched.

mod support;

use base64::prelude::{Engine, BASE64_URL_SAFE_NO_PAD};
use daypass::verifier::{JwksUrl, Verifier};
use daypass::{Beginning, Client, ContainerSource, Error, Kind, Profile, Secret};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{json, Value};
use std::time::{SystemTime, UNIX_EPOCH};
use support::{http, serve_bytes};

async fn credentials_of(answer: String) -> Result<String, Error> {
    let address = serve_bytes(answer, None).await;
    let source = ContainerSource {
        url: format!("http://{address}/credentials"),
        authorization: Some(Secret::new("shown")),
        authorization_file: None,
    };
    let beginning = Beginning::Container(source);
    let client = Client::new(Profile {
        beginning,
        ..Profile::default()
    })?;
    client.credentials().await.map(|found| found.access_key_id)
}

#[tokio::test]
async fn endpoints_hand_out_credentials() {
    let document = json!({
        "AccessKeyId": "ASIAAAAAAAAAAAAAAAAA", "SecretAccessKey": "secret", "Token": "t.t.t",
        "Expiration": "2090-01-01T00:00:00Z",
    });
    let good = http("200 OK", &document.to_string());
    assert_eq!("ASIAAAAAAAAAAAAAAAAA", credentials_of(good).await.unwrap());

    for (answer, expected) in [
        (http("403 Forbidden", ""), Some(Kind::Rejected)),
        (http("302 Found", ""), Some(Kind::Rejected)),
        (http("500 Broken", ""), Some(Kind::Unavailable)),
        (http("429 Busy", ""), Some(Kind::Unavailable)),
        (http("200 OK", &" ".repeat(70_000)), Some(Kind::Unavailable)),
        (String::new(), Some(Kind::Unavailable)),
        (http("200 OK", "{\"secret\": 1}"), None),
    ] {
        let error = credentials_of(answer).await.unwrap_err();
        let kind = match &error {
            Error::Call(failed) => Some(failed.kind),
            _ => None,
        };
        assert_eq!(expected, kind);
        assert!(!format!("{error} {error:?}").contains("shown"));
    }
}

fn signed(pair: &Ed25519KeyPair, claims: &Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": "a", "typ": "JWT"});
    let [header, claims] =
        [&header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
    let signature =
        BASE64_URL_SAFE_NO_PAD.encode(pair.sign(format!("{header}.{claims}").as_bytes()));
    format!("{header}.{claims}.{signature}")
}

#[tokio::test]
async fn key_sets_of_a_url_verify_identity_tokens() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
    let key =
        json!({"kid": "a", "kty": "OKP", "alg": "EdDSA", "use": "sig", "crv": "Ed25519", "x": x});
    let set = json!({"keys": [key]}).to_string();
    let address = serve_bytes(http("200 OK", &set), None).await;
    let url = format!("http://{address}/jwks.json");
    let verifier = Verifier::builder(JwksUrl::new(url)).build().await.unwrap();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({
        "jti": "1", "iss": "i", "sub": "s", "aud": "us", "iat": now, "exp": now + 300,
        "https://sts.amazonaws.com/": {}, "other": [true],
    });
    let token = signed(&pair, &claims);

    let found = verifier.identity(&token, "i", "us").await.unwrap();
    assert_eq!(("1", None), (&*found.claims.token_id, found.revocation_age));
    assert!(found.claims.others.contains_key("other"));
    let reason = |found: Result<_, Error>| match found {
        Err(Error::TokenRejected(rejected)) => rejected.reason.as_str().to_owned(),
        _ => panic!("no verdict, or a good one"),
    };
    assert_eq!(
        "wrong_audience",
        reason(verifier.identity(&token, "i", "them").await)
    );
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    let forged = signed(&other, &claims);
    assert_eq!(
        "untrusted",
        reason(verifier.identity(&forged, "i", "us").await)
    );
}

#[tokio::test]
async fn urls_know_no_revocations() {
    let url = || JwksUrl::new("http://127.0.0.1:1/jwks.json");
    let wanted = std::time::Duration::from_secs(1);
    let following = Verifier::builder(url())
        .revocation_age_max(wanted)
        .build()
        .await;
    assert!(matches!(following, Err(Error::Configuration(_))));
    let away = Verifier::builder(url()).build().await;
    assert!(matches!(away, Err(Error::Call(_))));
    let far = Verifier::builder(JwksUrl::new("http://a.example/"))
        .build()
        .await;
    assert!(matches!(far, Err(Error::Configuration(_))));
}
