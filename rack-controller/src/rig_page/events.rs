//! Pictures as they come, by server-sent events: made once, however many listen. A page that reads slowly skips to the
//! newest; silence means that the rack does not answer, and the page says so.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use web::reply;

use super::{PICTURE_EVERY, Shared, picture};

/// A listener that takes nothing for this long is let go, so that it does not keep its place for ever.
const STUCK: std::time::Duration = std::time::Duration::from_secs(30);
/// Pictures that wait for a listener: one. What waits gets old.
const WAITING: usize = 1;

/// Makes pictures for whoever listens, and the trend for whoever will.
pub(super) async fn tell(shared: Shared, told: watch::Sender<Bytes>) {
    loop {
        let picture = picture::of(&shared);
        if let Ok(json) = serde_json::to_string(&picture) {
            told.send_replace(Bytes::from(format!("event: picture\ndata: {json}\n\n")));
        }
        // An act is shown at once, otherwise the next picture comes in time.
        let _ = timeout(PICTURE_EVERY, shared.done.notified()).await;
    }
}

/// `GET /api/v1/events`.
pub(super) async fn listen(State(shared): State<Shared>) -> Response {
    let Ok(place) = shared.places.try_acquire_owned() else {
        let text = "too many pages listen; close one";
        return reply::error(StatusCode::SERVICE_UNAVAILABLE, text);
    };
    let (out, chunks) = mpsc::channel::<Bytes>(WAITING);
    let mut pictures = shared.pictures;
    pictures.mark_changed();
    tokio::spawn(async move {
        let _place = place;
        while pictures.changed().await.is_ok() {
            let Ok(Ok(room)) = timeout(STUCK, out.reserve()).await else {
                return;
            };
            room.send(pictures.borrow_and_update().clone());
        }
    });
    let stream = ReceiverStream::new(chunks).map(Ok::<Bytes, Infallible>);
    let mut response = Body::from_stream(stream).into_response();
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
