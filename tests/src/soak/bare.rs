//! Bare timers beside the callers: how late any timer rings on this machine, while it is busy with other
//! things. The time of an attempt beyond its limit is measured against them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// An attempt may outlive its limit by so much of it.
const ROOM: f64 = 0.05;

/// And by this many times what the latest of the bare timers was late: an attempt goes through more tasks
/// than one, and each of them may be kept waiting.
const TIMES_BARE: u32 = 2;

/// Timers of one length that are set anew whenever they ring.
pub(super) struct Bare {
    tasks: JoinSet<()>,
    /// In microseconds.
    latest: Arc<AtomicU64>,
}

impl Bare {
    pub(super) fn start(count: usize, length: Duration) -> Self {
        let latest = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let latest = Arc::clone(&latest);
            tasks.spawn(async move {
                loop {
                    let start = Instant::now();
                    sleep(length).await;
                    let late = start.elapsed().saturating_sub(length).as_micros();
                    latest.fetch_max(u64::try_from(late).unwrap_or(u64::MAX), Ordering::Relaxed);
                }
            });
        }
        Self { tasks, latest }
    }

    /// Ends them; how late the latest of them was.
    pub(super) async fn stop(mut self) -> Duration {
        self.tasks.shutdown().await;
        Duration::from_micros(self.latest.load(Ordering::Relaxed))
    }
}

/// By how much something took longer than its limit and the room above it.
pub(super) fn beyond(took: Duration, limit: Duration) -> Duration {
    took.saturating_sub(limit.mul_f64(1.0 + ROOM))
}

/// Whether this is more than the load of the machine explains.
pub(super) fn is_late(beyond: Duration, bare: Duration) -> bool {
    beyond > TIMES_BARE * bare
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn bare_timers_tell_how_late_the_latest_of_them_was() {
        let bare = Bare::start(3, LENGTH);
        tokio::task::yield_now().await;
        // Nothing is polled meanwhile: as on a machine that is busy with other things.
        tokio::time::advance(3 * LENGTH).await;
        sleep(2 * LENGTH).await;
        let latest = bare.stop().await;
        assert!((2 * LENGTH..3 * LENGTH).contains(&latest), "{latest:?}");
    }

    #[test]
    fn an_attempt_has_its_room_and_what_bare_timers_need() {
        let ms = Duration::from_millis;
        for (took, bare, late) in [
            (ms(1900), ms(0), false),
            (ms(2100), ms(0), false),
            (ms(2101), ms(0), true),
            (ms(2300), ms(100), false),
            (ms(2301), ms(100), true),
        ] {
            assert_eq!(is_late(beyond(took, LENGTH), bare), late, "{took:?} {bare:?}");
        }
    }
}
