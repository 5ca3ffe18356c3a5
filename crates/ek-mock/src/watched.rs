//! A value that tasks change and tests wait for: a watch channel in place of a mutex, so that every change
//! wakes those who wait, and nothing else does.

use tokio::sync::watch;

#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    value: watch::Sender<T>,
}

impl<T> Watched<T> {
    pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.value.borrow())
    }

    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut result = None;
        self.value.send_modify(|value| result = Some(change(value)));
        match result {
            Some(result) => result,
            None => unreachable!("`send_modify` runs its closure"),
        }
    }

    /// Waits until the condition holds. It has no time limit of its own.
    pub(crate) async fn wait_until(&self, condition: impl FnMut(&T) -> bool) {
        // An error would mean that the sender is gone, and `self` holds it.
        let _ = self.value.subscribe().wait_for(condition).await.map(drop);
    }
}
