//! A future that is given up, on any runtime.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Lets the future wait this number of times, and then drops it. `None` unless it was ready before that.
pub(super) async fn give_up_after<T>(waits: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = waits;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_future_is_given_up_after_its_number_of_waits() {
        let waits = |count: usize| async move {
            for _ in 0..count {
                tokio::task::yield_now().await;
            }
            "done"
        };
        assert_eq!(give_up_after(0, waits(0)).await, None, "not even begun");
        assert_eq!(give_up_after(1, waits(0)).await, Some("done"));
        assert_eq!(give_up_after(1, waits(1)).await, None);
        assert_eq!(give_up_after(2, waits(1)).await, Some("done"));
        assert_eq!(give_up_after(2, waits(2)).await, None);
    }
}
