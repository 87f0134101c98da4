//! One line per event on standard error, through a bounded queue, so that nobody who logs ever waits for a terminal.

use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

/// Lines that wait for the terminal. When the queue is full, lines are dropped and counted; the count is printed.
const QUEUE: usize = 256;

static QUEUE_END: OnceLock<Option<SyncSender<String>>> = OnceLock::new();
static DROPPED: AtomicU64 = AtomicU64::new(0);
static SILENT: AtomicBool = AtomicBool::new(false);

/// Logs nothing from now on: for a command that shows by itself what it finds.
pub fn silence() {
    SILENT.store(true, Ordering::Relaxed);
}

/// Logs a line.
pub fn line(text: &str) {
    if SILENT.load(Ordering::Relaxed) {
        return;
    }
    let sender = QUEUE_END.get_or_init(start);
    let sent = sender
        .as_ref()
        .is_some_and(|sender| sender.try_send(text.to_owned()).is_ok());
    if !sent {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

fn start() -> Option<SyncSender<String>> {
    let (sender, lines) = sync_channel::<String>(QUEUE);
    let write = move || {
        let name = std::env::args().nth(1).unwrap_or_default();
        while let Ok(line) = lines.recv() {
            let dropped = DROPPED.swap(0, Ordering::Relaxed);
            let mut err = std::io::stderr().lock();
            if dropped > 0 {
                let _ = writeln!(err, "{name}: {dropped} lines lost");
            }
            // A closed terminal is no reason to stop a controller.
            let _ = writeln!(err, "{name}: {line}");
        }
    };
    std::thread::Builder::new()
        .name("log".into())
        .spawn(write)
        .ok()
        .map(|_| sender)
}
