//! The picture as it changes, by server-sent events.
//!
//! ```text
//!            picture                       2 s of silence
//!  connect ---------> FRESH: event snapshot --------------> STALE: event stale, then a comment now and then
//!     |                 ^                                     |
//!     | no fresh one    `------------- picture ---------------'
//!     `-----------------------------------------------------> STALE
//! ```
//!
//! A client gets a picture at most every [`PICTURE_EVERY`], and at once when it tells of an alarm or another turn. One
//! that reads slowly skips pictures: a place in its channel comes first, then the newest picture for it. One that reads
//! nothing is let go after [`SSE_STUCK`].

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{Instant as Deadline, timeout, timeout_at};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::rendered::Rendered;
use crate::views::{age_s, word};
use crate::{KEEP_ALIVE, PICTURE_EVERY, PICTURE_MAX_AGE, SSE_STUCK, Shared, reply};

/// Pictures that wait for a client: one. What waits gets old.
const WAITING: usize = 1;
/// First words to a client: how long its browser waits before it connects again, in milliseconds.
const RETRY: Bytes = Bytes::from_static(b"retry: 2000\n\n");
const COMMENT: Bytes = Bytes::from_static(b": no picture\n\n");

/// `GET /api/v1/events`.
#[utoipa::path(get, path = "/api/v1/events", tag = "rack", responses(
    (status = 200, content_type = "text/event-stream", body = String,
     description = "server-sent events: `snapshot` with the body of /api/v1/snapshot, `stale` when no picture comes"),
    (status = 503, body = crate::api::Error, description = "too many listeners"),
))]
pub(crate) async fn listen(State(shared): State<Shared>) -> Response {
    let Ok(place) = shared.places.try_acquire_owned() else {
        return reply::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many listeners; try again later",
        );
    };
    let (out, chunks) = mpsc::channel(WAITING);
    tokio::spawn(feed(shared.views.pictures, out, place));
    let mut response =
        Body::from_stream(ReceiverStream::new(chunks).map(Ok::<Bytes, Infallible>)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    // A buffering proxy would make fresh pictures old.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// What the client was told last.
enum Told {
    /// This picture, and when.
    Fresh(Arc<Rendered>, Deadline),
    /// That there is none.
    Stale,
}

/// Feeds one client until it goes, gets stuck, or no picture can come any more. The place is free again after that.
async fn feed(
    mut pictures: watch::Receiver<Arc<Rendered>>,
    out: mpsc::Sender<Bytes>,
    _place: OwnedSemaphorePermit,
) {
    if out.send(RETRY).await.is_err() {
        return;
    }
    // The first picture is new to this client, however long it has been there.
    pictures.mark_changed();
    let mut told = Told::Stale;
    loop {
        let Ok(Ok(room)) = timeout(SSE_STUCK, out.reserve()).await else {
            return;
        };
        let chunk = tokio::select! {
            () = out.closed() => return,
            chunk = next(&mut pictures, &mut told) => chunk,
        };
        let Some(chunk) = chunk else { return };
        room.send(chunk);
    }
}

/// What to say next; nothing when nobody sends pictures any more.
async fn next(pictures: &mut watch::Receiver<Arc<Rendered>>, told: &mut Told) -> Option<Bytes> {
    let until = match told {
        Told::Fresh(last, _) => Deadline::from_std(last.at() + PICTURE_MAX_AGE),
        Told::Stale => Deadline::now() + KEEP_ALIVE,
    };
    match timeout_at(until, news(pictures, told)).await {
        Ok(Some(())) => {}
        Ok(None) => return None,
        Err(_) => match told {
            Told::Fresh(..) => {}
            Told::Stale => return Some(COMMENT),
        },
    }
    let picture = pictures.borrow_and_update().clone();
    let now = Instant::now();
    if picture.is_fresh(now) {
        let event = picture.event();
        *told = Told::Fresh(picture, Deadline::now());
        return Some(event);
    }
    *told = Told::Stale;
    let (word, age_s) = (word(&picture, now), age_s(&picture, now));
    Some(Bytes::from(format!(
        "event: stale\ndata: {{\"status\":\"{word}\",\"age_s\":{age_s:.1}}}\n\n"
    )))
}

/// Waits for a picture that is due: the last one is old enough, or this one turns. Nothing when no more can come.
async fn news(pictures: &mut watch::Receiver<Arc<Rendered>>, told: &Told) -> Option<()> {
    pictures.changed().await.ok()?;
    let Told::Fresh(last, at) = told else {
        return Some(());
    };
    let due = *at + PICTURE_EVERY;
    while !pictures.borrow_and_update().turns(last) {
        match timeout_at(due, pictures.changed()).await {
            Ok(changed) => changed.ok()?,
            Err(_) => break,
        }
    }
    Some(())
}
