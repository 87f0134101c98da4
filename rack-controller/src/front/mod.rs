//! The process that owns the network. It restrains itself first, then serves what the core sends and passes on what
//! people ask. When the link closes it ends.

mod link;
mod listener;
mod restrain;

use std::net::SocketAddr;

use crate::log;

/// How the front is started.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Where the page listens.
    pub listen_web: SocketAddr,
    /// Memory this process may use, in MiB.
    pub memory_limit_mib: u64,
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
        let listener = bind(options.listen_web).await?;
        let web = listener.local_addr()?;
        let link = link::start(web)?;
        let views = web::Views {
            pictures: link.pictures,
            commands: link.commands,
        };
        let mut over = link.over;
        tokio::select! {
            served = axum::serve(listener::Capped::new(listener), web::router(views)) => served,
            _ = over.changed() => Ok(()),
        }
    })
}

async fn bind(address: SocketAddr) -> std::io::Result<tokio::net::TcpListener> {
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
                    "cannot listen at {address}: {error}; choose another --listen-web"
                ));
                return Err(error);
            }
        }
    }
}
