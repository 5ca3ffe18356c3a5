//! The live check's client side for embeddings: asks a server of another project.
//!
//! `cargo xtask live` starts the servers and sets `EXECUTIONKIT_LIVE_BASE_URL`, `EXECUTIONKIT_LIVE_API_KEY`
//! and `EXECUTIONKIT_LIVE_MODEL`. With `--shortens` the server has to make shorter vectors when it is asked
//! for them; without it, it is expected to ignore that. With `--proxy` it is LiteLLM, whose mock models fail.

use std::process::ExitCode;

use executionkit::{
    EmbedOptions, EmbeddingProfile, EmbeddingProvider as _, EmbeddingRequest, Embeddings, Error,
    ErrorKind, Provider, cosine_similarity, embed_all,
};
use executionkit_tests::live::{
    Check, Checked, expect, failed, is_given, refused, report, setting,
};

const TEXTS: [&str; 3] = ["Kilns cool slowly.", "The lake is calm.", "\u{6f6e} \u{1f30a}"];

struct Live {
    base_url: String,
    key: String,
    model: String,
}

impl Live {
    fn from_env() -> Result<Self, String> {
        Ok(Self {
            base_url: setting("EXECUTIONKIT_LIVE_BASE_URL")?,
            key: setting("EXECUTIONKIT_LIVE_API_KEY")?,
            model: setting("EXECUTIONKIT_LIVE_MODEL")?,
        })
    }

    fn provider(&self, key: &str, base64: bool) -> Result<Provider, String> {
        Provider::builder(&self.base_url, &self.model)
            .embedding_profile(EmbeddingProfile::OPENAI_COMPATIBLE.with_base64(base64))
            .api_key(key)
            .build()
            .map_err(|error| error.to_string())
    }

    async fn ask(&self, request: EmbeddingRequest) -> Result<Result<Embeddings, Error>, String> {
        Ok(self.provider(&self.key, false)?.embed(&request).await)
    }

    async fn found(&self, request: EmbeddingRequest) -> Result<Embeddings, String> {
        self.ask(request).await?.map_err(|error| error.to_string())
    }

    async fn one_input(&self) -> Checked {
        let found = self.found(TEXTS[0].into()).await?;
        expect(found.len() == 1 && found.dimensions() > 1, "one vector", &found)?;
        expect(found.model.is_some(), "a model", &found)?;
        expect(found.usage.input_tokens > Some(0), "a count of the input", &found)?;
        Ok(format!("{} numbers, {:?} tokens", found.dimensions(), found.usage.input_tokens))
    }

    async fn order(&self) -> Checked {
        let together = self.found(EmbeddingRequest::new(TEXTS)).await?;
        expect(together.len() == TEXTS.len(), "a vector for each text", &together)?;
        for (place, text) in TEXTS.into_iter().enumerate() {
            let alone = self.found(text.into()).await?;
            expect(is_same(together.get(place), alone.get(0)), "the order of the texts", &place)?;
        }
        Ok(format!("{} vectors", together.len()))
    }

    async fn base64(&self) -> Checked {
        let numbers = self.found(EmbeddingRequest::new(TEXTS)).await?;
        let provider = self.provider(&self.key, true)?;
        let asked = EmbeddingRequest::new(TEXTS);
        let found = provider.embed(&asked).await.map_err(|error| error.to_string())?;
        expect(found.len() == numbers.len(), "as many vectors", &found)?;
        let is_equal = numbers.iter().zip(found.iter()).all(|(a, b)| is_same(Some(a), Some(b)));
        expect(is_equal, "the vectors that came as numbers", &found)?;
        Ok(format!("{} vectors", found.len()))
    }

    async fn shorter(&self) -> Checked {
        let asked = EmbeddingRequest::new(TEXTS).with_dimensions(8);
        match self.ask(asked).await? {
            Ok(found) => {
                expect(is_given("--shortens") && found.dimensions() == 8, "a width of 8", &found)?;
                Ok(format!("{} numbers", found.dimensions()))
            }
            Err(error) => {
                let is_due = !is_given("--shortens") && error.kind() == ErrorKind::Malformed;
                expect(is_due && !error.is_retryable(), "a width of 8", &error)?;
                Ok(error.to_string())
            }
        }
    }

    async fn many(&self) -> Checked {
        let texts: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
        let provider = self.provider(&self.key, false)?;
        let options = EmbedOptions::default().with_max_inputs(16).with_concurrency(3);
        let found = embed_all(&provider, &texts, &options).await.map_err(|e| e.to_string())?;
        expect((found.value.len(), found.spend.calls) == (100, 7), "7 calls", &found.spend)?;
        for place in [0, 16, 57, 99] {
            let alone = self.found(texts[place].as_str().into()).await?;
            expect(is_same(found.value.get(place), alone.get(0)), "each at its place", &place)?;
        }
        Ok(format!("{} vectors, {} calls", found.value.len(), found.spend.calls))
    }

    async fn error(
        &self,
        model: impl Into<Option<&str>>,
        text: &str,
        kind: ErrorKind,
        status: u16,
    ) -> Checked {
        let model = model.into().unwrap_or(&self.model);
        let outcome = self.ask(EmbeddingRequest::from(text).with_model(model)).await?;
        failed(outcome, kind, status, &self.key)
    }

    /// The proxy's own mock has one vector, however many texts it is asked for.
    async fn too_few(&self) -> Checked {
        let one = self.found(EmbeddingRequest::from("x").with_model("vector-one")).await?;
        expect(one.values() == [0.6, 0.8], "the vector of the configuration", &one)?;
        match self.ask(EmbeddingRequest::new(TEXTS).with_model("vector-one")).await? {
            Ok(found) => Err(format!("an answer instead of an error: {found:?}")),
            Err(error) => {
                expect(error.kind() == ErrorKind::Malformed, "Malformed", &error)?;
                Ok(error.to_string())
            }
        }
    }

    async fn wrong_key(&self) -> Checked {
        let provider = self.provider("sk-0000-this-is-not-the-key-0000", false)?;
        refused(provider.embed(&EmbeddingRequest::new(TEXTS)).await, &self.key)
    }
}

/// A server on the way may write a number with fewer digits.
fn is_same(one: Option<&[f32]>, other: Option<&[f32]>) -> bool {
    one.zip(other).is_some_and(|(one, other)| {
        one.len() == other.len() && cosine_similarity(one, other) > Some(0.999_99)
    })
}

async fn checks() -> Result<Vec<Check>, String> {
    let live = Live::from_env()?;
    let mut checks: Vec<Check> = vec![
        ("one input", live.one_input().await),
        ("the order of several", live.order().await),
        ("base64", live.base64().await),
        ("shorter vectors", live.shorter().await),
        ("many texts", live.many().await),
    ];
    if is_given("--proxy") {
        let (limited, rejected) = (ErrorKind::RateLimited, ErrorKind::Rejected);
        checks.extend([
            // The proxy tries again by itself, so that it has to be refused each time.
            ("a rate limit", live.error(None, "an overrun harbour", limited, 429).await),
            ("a server error", live.error("vector-error", "x", ErrorKind::Server, 500).await),
            ("too few vectors", live.too_few().await),
            ("an unknown model", live.error("no-such-model", "x", rejected, 400).await),
            ("a wrong key", live.wrong_key().await),
        ]);
    }
    Ok(checks)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    report(checks().await)
}
