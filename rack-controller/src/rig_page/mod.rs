//! The rig's own page for test engineers: the emulated rack as it really is, everything that can be done to it, and
//! scenarios run beside it. A tool of `hil-rig serve` and `demo`; no controller ever serves it.
//!
//! ```text
//!  Rig (hil_rig::server) --with()--> picture, every PICTURE_EVERY --> GET /api/v1/events     at most LISTENERS_MAX
//!       ^                    `-----> trend, once a second of the rack --> GET /api/v1/trend
//!       `-- acts <------------------------ POST /api/v1/acts, /api/v1/healthy
//!  jobs: one scenario at a time in a thread of its own, in virtual time <-- POST /api/v1/jobs, at most WAITING_MAX wait
//! ```
//! The page acts on the rack through the same door as everybody else, and what it shows is the rack's own account, so it is
//! right whoever has done something. It listens on loopback unless told otherwise, answers only to its address as a
//! number or `localhost` (a name of somebody else's that leads here is refused), and takes only requests that carry
//! [`ACT_HEADER`].

mod acts;
mod api;
mod controller;
mod events;
mod files;
mod host;
mod jobs;
mod picture;
mod tables;
#[cfg(test)]
mod tests;
mod trend;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use hil_rig::server::Rig;
use tokio::sync::{Notify, Semaphore, watch};
use web::door::Door;

use crate::front::listener::Capped;
use controller::Controller;
use jobs::Jobs;
use trend::Trend;

/// A picture comes at most this long after the one before; after an act at once.
pub const PICTURE_EVERY: Duration = Duration::from_millis(250);
/// Pages that may listen at one time; the next one gets 503.
pub const LISTENERS_MAX: usize = 16;
/// Longest body of an act, bytes; more is 413.
pub const ACT_MAX: usize = 4 * 1024;
/// Longest body that carries a scenario, bytes: a text of the longest kind with every letter escaped.
pub const SCENARIO_MAX: usize = 2 * hil_rig::scenario::FILE_MAX;
/// A body that is not there after this long is 408.
pub const BODY_WITHIN: Duration = Duration::from_secs(5);
/// A request that does something carries this header with the value `1`: a page of another origin cannot set it unasked.
pub const ACT_HEADER: &str = "x-rig-act";

/// Stack of the page's thread, bytes: reading a scenario is the deepest it goes.
const STACK: usize = 2 << 20;

/// How the page is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The rack's socket, to be shown.
    pub socket: PathBuf,
    /// The page of a controller that is attached to the rack, such as `http://127.0.0.1:8080`: what it reads is shown
    /// beside the truth.
    pub controller: Option<String>,
}

/// What every handler sees.
#[derive(Clone)]
struct Shared {
    rig: Rig,
    socket: Arc<PathBuf>,
    jobs: Arc<Jobs>,
    trend: Arc<Mutex<Trend>>,
    controller: Arc<Controller>,
    pictures: watch::Receiver<Bytes>,
    /// Something was done: the next picture is due.
    done: Arc<Notify>,
    /// Free places for pages that listen.
    places: Arc<Semaphore>,
}

/// Serves the page of a rack from a thread of its own; gives the address. When it cannot go on, the rig ends.
///
/// # Errors
/// When the address is not to be had.
pub fn start(rig: Rig, options: &Options) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(options.listen).map_err(|error| {
        let text = format!(
            "cannot listen at {}: {error}; choose another --listen-page",
            options.listen
        );
        std::io::Error::new(error.kind(), text)
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let options = options.clone();
    std::thread::Builder::new()
        .name("rig-page".into())
        .stack_size(STACK)
        .spawn(move || {
            if let Err(error) = serve(&rig, listener, &options) {
                crate::cli::complain(&format!("the rig's page ends: {error}"));
                rig.stop();
            }
        })?;
    Ok(address)
}

fn serve(rig: &Rig, listener: TcpListener, options: &Options) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let controller = Controller::watch(options.controller.clone())?;
        let (shared, told) = shared(rig.clone(), options.socket.clone(), controller)?;
        tokio::spawn(events::tell(shared.clone(), told));
        axum::serve(Capped::new(listener), router(shared)).await
    })
}

/// Everything the handlers see, and where pictures are told.
fn shared(
    rig: Rig,
    socket: PathBuf,
    controller: Arc<Controller>,
) -> std::io::Result<(Shared, watch::Sender<Bytes>)> {
    let (told, pictures) = watch::channel(Bytes::new());
    let shared = Shared {
        rig,
        socket: Arc::new(socket),
        jobs: Jobs::start()?,
        trend: Arc::default(),
        controller,
        pictures,
        done: Arc::default(),
        places: Arc::new(Semaphore::new(LISTENERS_MAX)),
    };
    Ok((shared, told))
}

/// What a request that does something has to show.
const fn door(noun: &'static str, body_max: usize) -> Door {
    Door {
        noun,
        header: ACT_HEADER,
        shown: "X-Rig-Act",
        body_max,
    }
}

/// Every route of the page.
fn router(shared: Shared) -> Router {
    let page = files::FILES
        .into_iter()
        .fold(Router::new(), |routes, (path, kind, bytes)| {
            routes.route(path, get(async move || files::file(kind, bytes)))
        });
    let acts = Router::new()
        .route("/api/v1/acts", post(acts::act))
        .route("/api/v1/healthy", post(acts::healthy))
        .route("/api/v1/controller", post(acts::attach))
        .route("/api/v1/jobs/{id}/cancel", post(jobs::cancel))
        .layer(DefaultBodyLimit::max(ACT_MAX));
    let scenarios = Router::new()
        .route("/api/v1/jobs", get(jobs::list).post(jobs::add))
        .route("/api/v1/check", post(jobs::check))
        .layer(DefaultBodyLimit::max(SCENARIO_MAX));
    let routes = page
        .merge(acts)
        .merge(scenarios)
        .route("/api/v1/tables", get(tables::tables))
        .route("/api/v1/picture", get(picture::picture))
        .route("/api/v1/events", get(events::listen))
        .route("/api/v1/trend", get(trend::trend))
        .route("/api/v1/library/{name}", get(tables::text))
        .route("/api/v1/jobs/{id}", get(jobs::one))
        .with_state(shared.clone());
    // A report has a policy of its own, which the guard of everything else would overwrite.
    let reports = Router::new()
        .route("/reports/{id}", get(jobs::report))
        .with_state(shared);
    web::guarded(routes)
        .merge(reports)
        .layer(middleware::from_fn(host::guard))
}
