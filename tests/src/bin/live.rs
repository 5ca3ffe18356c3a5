//! The live check's client side: asks a LiteLLM proxy, a program of another project, and compares.
//!
//! `cargo xtask live` starts the proxy with its mock models and sets `EXECUTIONKIT_LIVE_BASE_URL` and
//! `EXECUTIONKIT_LIVE_API_KEY`. LiteLLM without a database answers a wrong key with 400.

use std::process::ExitCode;

use executionkit::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmProvider as _, LlmResponse, Provider,
    StreamEvent, StreamingProvider as _,
};
use executionkit_tests::live::{Check, Checked, expect, failed, refused, report, setting};

struct Live {
    base_url: String,
    key: String,
}

impl Live {
    fn from_env() -> Result<Self, String> {
        Ok(Self {
            base_url: setting("EXECUTIONKIT_LIVE_BASE_URL")?,
            key: setting("EXECUTIONKIT_LIVE_API_KEY")?,
        })
    }

    fn provider(&self, key: &str) -> Result<Provider, String> {
        Provider::builder(&self.base_url, "mock-ok").api_key(key).build().map_err(|e| e.to_string())
    }

    async fn ask(&self, model: &str) -> Result<Result<LlmResponse, Error>, String> {
        let request = ChatRequest::user("Is the kiln warm?").with_model(model);
        Ok(self.provider(&self.key)?.complete(&request).await)
    }

    async fn completion(&self) -> Checked {
        let reply = self.ask("mock-ok").await?.map_err(|e| e.to_string())?;
        expect(reply.content == "The kiln is warm.", "the text", &reply)?;
        expect(reply.finish_reason == Some(FinishReason::Stop), "the finish reason", &reply)?;
        expect(reply.model.is_some() && reply.id.is_some(), "id and model", &reply)?;
        Ok(format!("{:?}", reply.content))
    }

    async fn usage(&self) -> Checked {
        let reply = self.ask("mock-ok").await?.map_err(|e| e.to_string())?;
        let (input, output) = (reply.input_tokens(), reply.output_tokens());
        let sum = input.zip(output).map(|(input, output)| input + output);
        expect(input > Some(0) && output > Some(0), "counts", &reply)?;
        expect(reply.total_tokens() == sum, "a total that is the sum", &reply)?;
        Ok(format!("{input:?} + {output:?}"))
    }

    /// The stream tells what the unary answer tells. LiteLLM counts the tokens of its mock replies anew
    /// and otherwise for a stream, so that its counts are held against themselves.
    async fn stream(&self) -> Checked {
        let unary = self.ask("mock-ok").await?.map_err(|e| e.to_string())?;
        let request = ChatRequest::user("Is the kiln warm?");
        let stream = self.provider(&self.key)?.stream(&request).await;
        let mut stream = stream.map_err(|e| e.to_string())?;
        let (mut text, mut pieces, mut usage, mut done) = (String::new(), 0, None, None);
        while let Some(event) = stream.next().await {
            expect(done.is_none(), "nothing after Done", &event)?;
            match event.map_err(|e| e.to_string())? {
                StreamEvent::Text(piece) => {
                    text.push_str(&piece);
                    pieces += 1;
                }
                StreamEvent::Usage(counts) => usage = Some(counts),
                StreamEvent::Done(reply) => done = Some(reply),
                other => return Err(format!("an event that was not asked for: {other:?}")),
            }
        }
        let done = done.ok_or("no Done")?;
        expect(text == unary.content && done.content == text, "the same text", &done)?;
        expect(done.finish_reason == unary.finish_reason, "the same finish reason", &done)?;
        expect(done.model == unary.model, "the same model", &done)?;
        expect(Some(done.usage) == usage, "usage in its event and in Done", &done)?;
        let counts = [done.input_tokens(), done.output_tokens(), done.total_tokens()];
        expect(counts.iter().all(|count| *count > Some(0)), "every count", &done)?;
        expect(pieces > 1, "more than one piece", &pieces)?;
        Ok(format!("{pieces} pieces, {:?} tokens", done.total_tokens()))
    }

    async fn stream_error(&self) -> Checked {
        let request = ChatRequest::user("x").with_model("mock-rate-limit");
        let outcome = self.provider(&self.key)?.stream(&request).await;
        failed(outcome, ErrorKind::RateLimited, 429, &self.key)
    }

    async fn error(&self, model: &str, kind: ErrorKind, status: u16) -> Checked {
        failed(self.ask(model).await?, kind, status, &self.key)
    }

    async fn wrong_key(&self) -> Checked {
        let provider = self.provider("sk-0000-this-is-not-the-key-0000")?;
        refused(provider.complete(&ChatRequest::user("x")).await, &self.key)
    }
}

async fn checks() -> Result<Vec<Check>, String> {
    let live = Live::from_env()?;
    Ok(vec![
        ("a completion", live.completion().await),
        ("its usage", live.usage().await),
        ("a rate limit", live.error("mock-rate-limit", ErrorKind::RateLimited, 429).await),
        ("a server error", live.error("mock-internal", ErrorKind::Server, 500).await),
        ("a context overflow", live.error("mock-context", ErrorKind::Rejected, 400).await),
        ("an unknown model", live.error("no-such-model", ErrorKind::Rejected, 400).await),
        ("a wrong key", live.wrong_key().await),
        ("a stream", live.stream().await),
        ("a rate limit on a stream", live.stream_error().await),
    ])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    report(checks().await)
}
