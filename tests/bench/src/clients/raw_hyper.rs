//! The yardstick: hyper-util's pooled client, which posts prepared bytes and counts those that come.

use bench_load::Outcome;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::scenario::{self, Question, SCHEMA, TOOL_DESCRIPTION, TOOL_NAMES};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

#[derive(Clone)]
pub(super) struct RawHyper {
    pool: Pool<HttpConnector, Full<Bytes>>,
    uri: hyper::Uri,
    body: Bytes,
}

impl Client for RawHyper {
    const READS: bool = false;

    fn new(job: &Job) -> Outcome<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let pool = Pool::builder(TokioExecutor::new()).build(connector);
        let uri = format!("{}/chat/completions", job.base).parse()?;
        Ok(Self { pool, uri, body: body(job).into() })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        let mut request = Request::post(self.uri.clone()).body(Full::new(self.body.clone()))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer sk-0123456789abcdef"));
        let mut answer = self.pool.request(request).await?.into_body();
        let mut bytes = 0;
        while let Some(frame) = answer.frame().await {
            bytes += frame?.data_ref().map_or(0, Bytes::len);
        }
        Ok(Outcomes { bytes, ..Outcomes::default() })
    }
}

/// What the others send too.
fn body(job: &Job) -> String {
    use serde_json::{Value, json};

    let question = job.scenario.question;
    let message = |(role, text)| json!({"role": role, "content": text});
    let messages: Vec<Value> = scenario::conversation(question).into_iter().map(message).collect();
    let mut body = json!({"model": "gpt-4o-mini", "messages": messages, "temperature": 0.7, "max_tokens": 4096});
    if question == Question::Tools {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
        let tool = |name: &str| {
            json!({"type": "function", "function":
            {"name": name, "description": TOOL_DESCRIPTION, "parameters": schema}})
        };
        body["tools"] = TOOL_NAMES.map(tool).into_iter().collect();
    }
    if job.answer.stream {
        body["stream"] = true.into();
        body["stream_options"] = json!({"include_usage": true});
    }
    body.to_string()
}
