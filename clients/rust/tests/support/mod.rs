//! Servers of a test, on this machine.

#![allow(dead_code)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A folder of a test, which goes with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let name: String = key.public_key_raw()[1..9]
            .iter()
            .map(|each| format!("{each:02x}"))
            .collect();
        let place = std::env::temp_dir().join(format!("daypass-{name}"));
        std::fs::create_dir(&place).unwrap();
        Self(place)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.join(name);
        std::fs::write(&file, text).unwrap();
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Who vouches for the machines of a test.
pub struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self {
            certificate: params.self_signed(&key).unwrap(),
            key,
        }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Returns a certificate and its key.
    pub fn issue(&self, name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (
            params
                .signed_by(&key, &self.certificate, &self.key)
                .unwrap(),
            key,
        )
    }

    /// Returns what accepts connections to localhost, of clients of this authority only
    /// where those are asked who they are.
    pub fn acceptor(&self, protocol: &[u8], asks_clients: bool) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if asks_clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = self.issue("localhost");
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![protocol.to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Answers each connection with the same bytes, in clear or with TLS.
pub async fn serve_bytes(answer: String, acceptor: Option<TlsAcceptor>) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            match &acceptor {
                None => answer_once(&mut stream, &answer).await,
                Some(acceptor) => {
                    // Who does not trust us goes away.
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        answer_once(&mut stream, &answer).await;
                    }
                }
            }
        }
    });
    address
}

async fn answer_once(
    stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
    answer: &str,
) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    // Who has heard enough goes away.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

pub fn http(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Answers each call over TLS with the same message and the same trailers.
pub async fn serve_calls(
    message: Vec<u8>,
    trailers: &'static [(&'static str, &'static str)],
    acceptor: TlsAcceptor,
) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, message) = (acceptor.clone(), message.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = service_fn(move |_: Request<Incoming>| {
                    let mut framed = vec![0];
                    framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
                    framed.extend(&message);
                    async move {
                        let read = |(name, value): &(&'static str, &str)| {
                            (HeaderName::from_static(name), value.parse().unwrap())
                        };
                        let trailers: HeaderMap = trailers.iter().map(read).collect();
                        let body = Full::new(Bytes::from(framed))
                            .with_trailers(async move { Some(Ok::<_, Infallible>(trailers)) });
                        let answer = Response::builder().header("content-type", "application/grpc");
                        Ok::<_, Infallible>(answer.body(body).unwrap())
                    }
                });
                // It ends when the client goes.
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}
