//! How a call travels: signed, with a deadline, and again where that helps.

use std::str::FromStr;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use tokio::time::{sleep, timeout_at, Instant};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::credentials::Credentials;
use crate::error::{CallError, ConfigurationError, Error};
use crate::guard::guarded;
use crate::operation::StreamOperation;
use crate::retry::{draw_id, pause_after, Budget, Repetition};
use crate::signing::Signer;

/// What the server grants a call that names no deadline, and the most it grants.
pub(crate) const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
pub(crate) const TIMEOUT_MAX: Duration = Duration::from_secs(60);
// A server ends a stream after five minutes; one that does not is hung.
const STREAM_TIMEOUT: Duration = Duration::from_secs(360);
// The server refuses longer requests.
const REQUEST_BYTES_MAX: usize = 262_144;
// A page of a thousand sessions is under one MiB.
const RESPONSE_BYTES_MAX: usize = 4_194_304;

pub(crate) struct Transport {
    pub(crate) channel: Channel,
    pub(crate) target: String,
    pub(crate) timeout: Duration,
    pub(crate) signer: Signer,
    pub(crate) budget: Budget,
}

impl Transport {
    /// Makes one call; the bytes that are signed are those that are sent.
    ///
    /// NOTE: every attempt carries the proof of the first, by which the server knows that it
    /// is the same call, and issues no second session for it; until the server says that it
    /// cannot answer that proof again. Then the call is signed anew, once: a server that says
    /// so is there, and so that is no failure.
    pub(crate) async fn send(
        &self,
        method: &'static str,
        body: Bytes,
        credentials: Option<&Credentials>,
        how: Repetition,
    ) -> Result<Bytes, Error> {
        let end = Instant::now() + self.timeout;
        let mut proof = self.prove(method, &body, credentials);
        let mut signed_anew = false;
        let mut failures = 0;
        loop {
            let request = proven(body.clone(), &proof, end)?;
            let sent = timeout_at(end, guarded(self.attempt(method, request))).await;
            let failed = match sent {
                Ok(Ok(answer)) => {
                    self.budget.succeeded();
                    return Ok(answer);
                }
                Ok(Err(status)) if Instant::now() < end => CallError::of(&status, &self.target),
                _ => return Err(CallError::too_late(&self.target).into()),
            };
            if failed.sign_anew && !signed_anew && how != Repetition::Never {
                proof = self.prove(method, &body, credentials);
                signed_anew = true;
                continue;
            }
            failures += 1;
            let pause = pause_after(&failed, failures, how, &self.budget);
            match pause {
                Some(pause) if pause < end.saturating_duration_since(Instant::now()) => {
                    sleep(pause).await;
                }
                _ => return Err(failed.into()),
            }
        }
    }

    async fn attempt(
        &self,
        method: &'static str,
        request: Request<Bytes>,
    ) -> Result<Bytes, Status> {
        let mut grpc = self.grpc();
        ready(&mut grpc).await?;
        let path = PathAndQuery::from_static(method);
        Ok(grpc.unary(request, path, RawCodec).await?.into_inner())
    }

    /// Opens a call that stays open. Its proof is over the empty string, and it is not
    /// repeated.
    pub(crate) async fn open<R: StreamOperation>(
        &self,
        request: &R,
        credentials: Option<&Credentials>,
    ) -> Result<Stream<R::Answer>, Error> {
        let end = Instant::now() + STREAM_TIMEOUT;
        let proof = self.prove(R::METHOD, b"", credentials);
        let sent = proven(request.encode_to_vec().into(), &proof, end)?;
        let mut grpc = self.grpc();
        let opening = async {
            ready(&mut grpc).await?;
            grpc.server_streaming(sent, PathAndQuery::from_static(R::METHOD), RawCodec)
                .await
        };
        let opened = timeout_at(end, guarded(opening))
            .await
            .map_err(|_| CallError::too_late(&self.target))?
            .map_err(|status| CallError::of(&status, &self.target))?;
        Ok(Stream {
            inner: opened.into_inner(),
            end,
            target: self.target.clone(),
            discard: None,
            answers: std::marker::PhantomData,
        })
    }

    fn grpc(&self) -> Grpc<Channel> {
        Grpc::new(self.channel.clone())
            .max_encoding_message_size(REQUEST_BYTES_MAX)
            .max_decoding_message_size(RESPONSE_BYTES_MAX)
    }

    fn prove(
        &self,
        method: &str,
        body: &[u8],
        credentials: Option<&Credentials>,
    ) -> Vec<(&'static str, String)> {
        match credentials {
            Some(with) => self.signer.sign(method, body, with, &draw_id()),
            None => Vec::new(),
        }
    }
}

async fn ready(grpc: &mut Grpc<Channel>) -> Result<(), Status> {
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(Box::new(error)))
}

/// Returns a request with what proves it, and with how long it may take.
fn proven(
    body: Bytes,
    proof: &[(&'static str, String)],
    end: Instant,
) -> Result<Request<Bytes>, ConfigurationError> {
    let mut request = Request::new(body);
    request.set_timeout(end.saturating_duration_since(Instant::now()));
    for (name, value) in proof {
        let value = MetadataValue::from_str(value)
            .map_err(|_| ConfigurationError::new("The region is not one that can be sent."))?;
        request.metadata_mut().insert(*name, value);
    }
    Ok(request)
}

/// The answers of a call that stays open.
pub struct Stream<A> {
    inner: Streaming<Bytes>,
    end: Instant,
    target: String,
    /// Gives up the credentials of the call, where they were refused as spent.
    pub(crate) discard: Option<Box<dyn Fn() + Send + Sync>>,
    answers: std::marker::PhantomData<fn() -> A>,
}

impl<A: prost::Message + Default> Stream<A> {
    /// Returns the next answer; nothing where the server has ended the call.
    pub async fn next(&mut self) -> Result<Option<A>, Error> {
        let came = timeout_at(self.end, guarded(self.inner.message())).await;
        let came = match came {
            Ok(Ok(came)) => came,
            Ok(Err(status)) => return Err(self.failed(CallError::of(&status, &self.target))),
            Err(_) => return Err(CallError::too_late(&self.target).into()),
        };
        match came {
            Some(data) => Ok(Some(A::decode(data).map_err(|_| CallError::unreadable())?)),
            None => Ok(None),
        }
    }

    fn failed(&self, error: CallError) -> Error {
        let error = Error::from(error);
        if let (Some(discard), true) = (&self.discard, error.is_spent()) {
            discard();
        }
        error
    }
}

/// Passes bytes on: what was signed is what is sent.
#[derive(Clone, Copy)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
