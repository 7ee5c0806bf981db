//! What a server says does not end a task.

use std::future::{poll_fn, Future};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::pin;
use std::task::Poll;

use tonic::Status;

/// Waits for an answer, and makes an error of a panic.
///
/// NOTE: tonic 0.14 panics where the details of a status are not base64, which any proxy can
/// bring about. What it was at is given up with the future, and nothing of it is used again.
pub(crate) async fn guarded<T>(
    answer: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    let mut answer = pin!(answer);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err(Status::internal("The status cannot be read"))))
    })
    .await
}
