//! Real-time scheduling and locked memory, where the system grants them.

use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// Priority of the tick: above every ordinary process, below the kernel's own threads (which stand at 50 and above).
const PRIORITY: u8 = 40;

/// Asks for both; says whether both were granted. Threads started afterwards by this thread inherit the policy, so
/// this comes after the bus threads and before nothing that may run long.
pub fn grant() -> bool {
    let scheduled = schedule();
    let locked = rustix::mm::mlockall(rustix::mm::MlockAllFlags::CURRENT).is_ok();
    scheduled && locked
}

/// Real-time scheduling of the calling thread alone: for whoever wakes the tick, who must not wait behind ordinary
/// processes while the tick would not.
pub fn schedule() -> bool {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    ThreadPriority::try_from(PRIORITY)
        .is_ok_and(|priority| set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok())
}

/// Back to ordinary scheduling, for a helper thread that a real-time thread has started.
pub fn renounce() {
    let policy = ThreadSchedulePolicy::Normal(thread_priority::NormalThreadSchedulePolicy::Other);
    if let Ok(priority) = ThreadPriority::try_from(0) {
        let _ = set_thread_priority_and_policy(thread_native_id(), priority, policy);
    }
}
