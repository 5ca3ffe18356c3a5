//! Futures at the same time, and futures that are given up, on any runtime.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Runs all of them at once and gives their outputs in order.
pub(super) async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(cx) {
                *output = Some(ready);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

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
    async fn all_run_at_once_and_come_back_in_order() {
        let log = std::cell::RefCell::new(Vec::new());
        let one = |n| {
            let log = &log;
            async move {
                log.borrow_mut().push(n);
                tokio::task::yield_now().await;
                log.borrow_mut().push(n);
                n * 10
            }
        };
        assert_eq!(all([one(1), one(2)]).await, [10, 20]);
        assert_eq!(*log.borrow(), [1, 2, 1, 2]);
    }

    #[tokio::test]
    async fn a_future_is_given_up_after_so_many_waits() {
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
