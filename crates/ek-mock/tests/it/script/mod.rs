//! Scripts at the trait: rules, queues, attempts, and the JSON form.

mod chance;
mod json;
mod json_errors;
mod queues;
mod rules;
