//! Scripts at the trait: rules, queues, attempts, and the JSON form.

mod json;
mod json_errors;
mod queues;
mod rules;
