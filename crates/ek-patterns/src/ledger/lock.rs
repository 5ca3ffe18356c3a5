//! The lock of the accounts. A module of its own, so that a model checker's can stand in its place.

pub(super) use std::sync::{Mutex, MutexGuard};

pub(super) use crate::sync::lock;
