//! The process that owns the network. It restrains itself first, then serves what the core sends and passes on what
//! people ask. When the link closes it ends.

mod link;
mod listener;
pub mod modbus;
pub mod nut;
mod restrain;
pub mod store;

use std::net::SocketAddr;

use crate::listen::Listeners;
use crate::log;

/// How the front is started.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Where to listen.
    pub listeners: Listeners,
    /// Memory this process may use, in MiB.
    pub memory_limit_mib: u64,
}

/// The latest snapshot and when it came.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The snapshot.
    pub snapshot: points::Snapshot,
    /// When it came; from 2 s on it is stale.
    pub at: std::time::Instant,
}

/// Threads of the runtime: one to serve, one so that a slow answer holds up nobody.
const THREADS: usize = 2;
/// Attempts to listen at an address that an ended front may still hold, and the wait between them.
const BIND: (u32, std::time::Duration) = (20, std::time::Duration::from_millis(100));

/// Runs the front on the link that is this process's standard input.
///
/// # Errors
/// When it cannot be restrained, has no link, or cannot listen.
pub fn run(options: &Options) -> std::io::Result<()> {
    restrain::restrain(options.memory_limit_mib)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let web = bind(options.listeners.web, "--listen-web").await?;
        let modbus = bind(options.listeners.modbus, "--listen-modbus").await?;
        let nut = bind(options.listeners.nut, "--listen-nut").await?;
        let link = link::start(Listeners {
            web: web.local_addr()?,
            modbus: modbus.local_addr()?,
            nut: nut.local_addr()?,
        })?;
        let views = web::Views {
            pictures: link.pictures,
            commands: link.commands,
        };
        // Each server has its own task: a panic in one of them ends that task, and with it this process, which is
        // started anew; a connection's panic ends the connection.
        let modbus = modbus::serve(
            modbus,
            link.latest.clone(),
            modbus::Identity::default(),
            modbus::Limits::default(),
        );
        let nut = nut::serve(nut, link.latest, nut::Options::default());
        let mut over = link.over;
        tokio::select! {
            served = axum::serve(listener::Capped::new(web), web::router(views)) => served,
            served = modbus => served,
            served = nut => served,
            _ = over.changed() => Ok(()),
        }
    })
}

async fn bind(address: SocketAddr, argument: &str) -> std::io::Result<tokio::net::TcpListener> {
    let mut left = BIND.0;
    loop {
        match tokio::net::TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && left > 0 => {
                left -= 1;
                tokio::time::sleep(BIND.1).await;
            }
            Err(error) => {
                log::line(&format!(
                    "cannot listen at {address}: {error}; choose another {argument}"
                ));
                return Err(error);
            }
        }
    }
}
