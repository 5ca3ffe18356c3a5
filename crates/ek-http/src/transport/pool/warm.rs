//! Keeps a connection open where calls are rare: another one in place of the last that was idle too long.
//!
//! The one that is closed has reached the age at which load balancers drop connections without a word, so
//! it cannot be kept itself. The task belongs to the runtime whose connection it was, and ends with the
//! pool.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::Handle;

use super::dial::Dial;
use super::permit::{Http, Permit};
use super::shared::{OnCold, Shared};

/// What to do when a runtime has no connection any longer. A dial that fails is repeated after this time.
pub(super) fn keep(shared: Weak<Shared<Http>>, dial: Arc<Dial>, pause: Duration) -> OnCold {
    Box::new(move |runtime: &Handle| {
        let warming = warm(shared.clone(), Arc::clone(&dial), runtime.clone(), pause);
        runtime.spawn(warming).abort_handle()
    })
}

async fn warm(shared: Weak<Shared<Http>>, dial: Arc<Dial>, runtime: Handle, pause: Duration) {
    // Without a permit there are calls, which see to their connections themselves.
    while let Some(mut permit) = shared.upgrade().and_then(|it| Permit::at_once(&it, &runtime)) {
        if permit.connect(&dial).await.is_ok() {
            return;
        }
        drop(permit);
        tokio::time::sleep(pause).await;
    }
}
