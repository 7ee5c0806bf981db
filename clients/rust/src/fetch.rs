//! The few HTTP requests of the client. They have bounds, and follow nobody anywhere else;
//! nothing of what is fetched is read here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{header, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::VERSION;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One GET.
pub(crate) struct Asked<'a> {
    pub(crate) url: &'a str,
    pub(crate) accept: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) ca_bundle: Option<&'a Path>,
    pub(crate) timeout: Duration,
    pub(crate) bytes_max: usize,
}

/// What came.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) cache_control: String,
    pub(crate) data: Bytes,
}

/// Asks the host of the URL and no other: a redirection is an answer, and there is no proxy.
pub(crate) async fn get(asked: Asked<'_>) -> Result<Answer, Failure> {
    timeout(asked.timeout, connect_and_ask(&asked)).await?
}

async fn connect_and_ask(asked: &Asked<'_>) -> Result<Answer, Failure> {
    let url: Uri = asked.url.parse()?;
    let host = url
        .host()
        .ok_or("no host")?
        .trim_matches(['[', ']'])
        .to_owned();
    let is_encrypted = url.scheme_str() == Some("https");
    let port = url
        .port_u16()
        .unwrap_or(if is_encrypted { 443 } else { 80 });
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    if !is_encrypted {
        return ask(stream, &url, asked).await;
    }
    let connector = tokio_rustls::TlsConnector::from(Arc::new(tls(asked.ca_bundle)?));
    let stream = connector
        .connect(ServerName::try_from(host)?, stream)
        .await?;
    ask(stream, &url, asked).await
}

fn tls(ca_bundle: Option<&Path>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    match ca_bundle {
        Some(file) => {
            for each in CertificateDer::pem_file_iter(file)? {
                roots.add(each?)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    url: &Uri,
    asked: &Asked<'_>,
) -> Result<Answer, Failure> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender, or fails with the answer that is waited for below.
    let driven = tokio::spawn(connection);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(path)
        .header(
            header::HOST,
            url.authority().map_or("", |place| place.as_str()),
        )
        .header(header::ACCEPT, asked.accept)
        .header(header::USER_AGENT, format!("daypass-client-rust/{VERSION}"))
        .header(header::CONNECTION, "close");
    if let Some(shown) = asked.authorization {
        request = request.header(header::AUTHORIZATION, shown);
    }
    let answer = sender
        .send_request(request.body(Empty::<Bytes>::new())?)
        .await?;
    let status = answer.status();
    let cache_control = answer.headers().get_all(header::CACHE_CONTROL).iter();
    let cache_control = cache_control
        .filter_map(|each| each.to_str().ok())
        .collect::<Vec<_>>()
        .join(",");
    let data = Limited::new(answer.into_body(), asked.bytes_max)
        .collect()
        .await?
        .to_bytes();
    driven.abort();
    Ok(Answer {
        status,
        cache_control,
        data,
    })
}
