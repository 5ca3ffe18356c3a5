//! How the vendors of embeddings differ, as a table.

use ek_core::{EmbeddingInputType, EmbeddingLimits};

use crate::endpoint::Endpoint;

/// How a server is asked for vectors. What comes back is read in every form, whatever was asked for.
///
/// Chosen by the protocol and the endpoint's host; replaced with
/// [`ProviderBuilder::embedding_profile`](crate::ProviderBuilder::embedding_profile).
///
/// | profile | path | host |
/// | --- | --- | --- |
/// | [`OPENAI`](Self::OPENAI) | `/embeddings` | `openai.com`, `openai.azure.com` |
/// | [`OPENAI_COMPATIBLE`](Self::OPENAI_COMPATIBLE) | `/embeddings` | every other one |
/// | [`VOYAGE`](Self::VOYAGE) | `/embeddings` | `voyageai.com` |
/// | [`JINA`](Self::JINA) | `/embeddings` | `jina.ai` |
/// | [`NVIDIA`](Self::NVIDIA) | `/embeddings` | `nvidia.com` |
/// | [`COHERE`](Self::COHERE) | `/embed` | `cohere.com`, `cohere.ai`, below `/v2` |
/// | `GEMINI` | `/models/MODEL:batchEmbedContents` | by the protocol |
/// | `VERTEX` | `/models/MODEL:predict`, or `:embedContent` | by the protocol, where the URL is one of Vertex AI |
///
/// ```no_run
/// use ek_http::{EmbeddingProfile, Provider};
///
/// let cohere = Provider::embeddings(EmbeddingProfile::COHERE, "embed-v4.0").api_key("KEY").build()?;
/// // A gateway that takes what Voyage takes, under another host.
/// let gateway = Provider::builder("https://gateway.example/v1", "voyage-4")
///     .embedding_profile(EmbeddingProfile::VOYAGE)
///     .build()?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingProfile {
    /// What stands before the path.
    pub(crate) public_url: &'static str,
    pub(crate) shape: Shape,
    pub(crate) dimensions_key: &'static str,
    /// The field for what vectors are for, and its words.
    pub(crate) input_type: Option<InputTypes>,
    /// The field for the form of the vectors, and what is asked for.
    pub(crate) encoding: Option<&'static str>,
    pub(crate) limits: EmbeddingLimits,
}

/// The shape of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `POST /embeddings {model, input}`.
    OpenAi,
    /// `POST /embed {model, texts, embedding_types}`.
    Cohere,
    /// `POST /models/{model}:batchEmbedContents {requests: [{model, content}]}`.
    #[cfg(feature = "gemini")]
    Gemini,
    /// `POST .../models/{model}:predict {instances: [{content}], parameters}`.
    #[cfg(feature = "gemini")]
    Vertex,
}

/// The words for what vectors are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InputTypes {
    pub(crate) key: &'static str,
    /// Whether a request without one is refused.
    pub(crate) is_required: bool,
    query: &'static str,
    document: &'static str,
    classification: Option<&'static str>,
    clustering: Option<&'static str>,
    similarity: Option<&'static str>,
}

impl InputTypes {
    #[cfg(feature = "gemini")]
    const fn of_google(key: &'static str) -> Self {
        Self {
            key,
            is_required: false,
            query: "RETRIEVAL_QUERY",
            document: "RETRIEVAL_DOCUMENT",
            classification: Some("CLASSIFICATION"),
            clustering: Some("CLUSTERING"),
            similarity: Some("SEMANTIC_SIMILARITY"),
        }
    }

    /// The vendor's word, if it has one.
    pub(crate) fn word<'a>(&'a self, of: &'a EmbeddingInputType) -> Option<&'a str> {
        match of {
            EmbeddingInputType::Query => Some(self.query),
            EmbeddingInputType::Document => Some(self.document),
            EmbeddingInputType::Classification => self.classification,
            EmbeddingInputType::Clustering => self.clustering,
            EmbeddingInputType::Similarity => self.similarity,
            EmbeddingInputType::Other(word) => Some(word),
            _ => None,
        }
    }
}

impl EmbeddingProfile {
    /// A server that speaks OpenAI's protocol and of which nothing more is known. It is asked for lists of
    /// numbers: some answer with no vector at all when they are asked for base64. Alibaba's takes 10 inputs in
    /// a request, and has that limit; it is known by its host.
    pub const OPENAI_COMPATIBLE: Self = Self {
        public_url: "https://api.openai.com/v1",
        shape: Shape::OpenAi,
        dimensions_key: "dimensions",
        input_type: None,
        encoding: Some("float"),
        limits: limits(None, None, None),
    };

    /// OpenAI itself, also at Azure: vectors come as base64, which is a third of the size. At most 2,048
    /// inputs and 300,000 tokens in a request, 8,192 in an input.
    pub const OPENAI: Self = Self {
        encoding: Some("base64"),
        limits: limits(Some(2_048), Some(300_000), Some(8_192)),
        ..Self::OPENAI_COMPATIBLE
    };

    /// Voyage AI. At most 1,000 inputs in a request and 120,000 tokens (some models take more), 32,000 in
    /// an input.
    pub const VOYAGE: Self = Self {
        public_url: "https://api.voyageai.com/v1",
        dimensions_key: "output_dimension",
        input_type: Some(InputTypes {
            key: "input_type",
            is_required: false,
            query: "query",
            document: "document",
            classification: None,
            clustering: None,
            similarity: None,
        }),
        encoding: None,
        limits: limits(Some(1_000), Some(120_000), Some(32_000)),
        ..Self::OPENAI_COMPATIBLE
    };

    /// Jina AI.
    pub const JINA: Self = Self {
        public_url: "https://api.jina.ai/v1",
        input_type: Some(InputTypes {
            key: "task",
            is_required: false,
            query: "retrieval.query",
            document: "retrieval.passage",
            classification: Some("classification"),
            clustering: Some("separation"),
            similarity: Some("text-matching"),
        }),
        encoding: None,
        ..Self::OPENAI_COMPATIBLE
    };

    /// NVIDIA's servers (NIM), whose models for questions and passages refuse a request that says of neither.
    pub const NVIDIA: Self = Self {
        public_url: "https://integrate.api.nvidia.com/v1",
        input_type: Some(InputTypes {
            key: "input_type",
            is_required: false,
            query: "query",
            document: "passage",
            classification: None,
            clustering: None,
            similarity: None,
        }),
        ..Self::OPENAI_COMPATIBLE
    };

    /// Cohere's own API, version 2. Every request has to say what its vectors are for. At most 96 texts in
    /// a request.
    pub const COHERE: Self = Self {
        public_url: "https://api.cohere.com/v2",
        shape: Shape::Cohere,
        dimensions_key: "output_dimension",
        input_type: Some(InputTypes {
            key: "input_type",
            is_required: true,
            query: "search_query",
            document: "search_document",
            classification: Some("classification"),
            clustering: Some("clustering"),
            similarity: None,
        }),
        encoding: None,
        limits: limits(Some(96), None, None),
    };

    /// Google's Gemini API. At most 100 inputs in a request.
    #[cfg(feature = "gemini")]
    pub const GEMINI: Self = Self {
        public_url: crate::protocol::gemini::PUBLIC_URL,
        shape: Shape::Gemini,
        dimensions_key: "outputDimensionality",
        input_type: Some(InputTypes::of_google("taskType")),
        encoding: None,
        limits: limits(Some(100), None, None),
    };

    /// Vertex AI's `:predict`, the method of Google's models for texts. At most 250 inputs and 20,000 tokens
    /// in a request, 2,048 in an input. Gemini's models after `gemini-embedding-001`, and open models that Google
    /// runs (`-maas`), have `:embedContent` in its place, with one input in a request. It is asked not to cut inputs that are
    /// too long (`autoTruncate`). `title` and `task_type` of a caller's `extra` go to each input, its other
    /// keys to the parameters.
    #[cfg(feature = "gemini")]
    pub const VERTEX: Self = Self {
        public_url: "https://aiplatform.googleapis.com/v1/publishers/google",
        shape: Shape::Vertex,
        input_type: Some(InputTypes::of_google("task_type")),
        limits: limits(Some(250), Some(20_000), Some(2_048)),
        ..Self::GEMINI
    };

    /// Asks for base64 in place of lists of numbers, or the other way round, where the server speaks
    /// OpenAI's protocol.
    #[must_use]
    pub const fn with_base64(mut self, base64: bool) -> Self {
        if matches!(self.shape, Shape::OpenAi) {
            self.encoding = Some(if base64 { "base64" } else { "float" });
        }
        self
    }

    /// Sets how much one request may hold, as
    /// [`embedding_limits`](ek_core::EmbeddingProvider::embedding_limits) says it. Nothing is refused
    /// because of it.
    #[must_use]
    pub const fn with_limits(mut self, limits: EmbeddingLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How much one request to this model may hold.
    #[cfg_attr(
        not(feature = "gemini"),
        expect(unused_variables, reason = "Vertex AI's models alone differ")
    )]
    pub(crate) fn limits_of(&self, model: &str) -> EmbeddingLimits {
        #[cfg(feature = "gemini")]
        if self.shape == Shape::Vertex && super::vertex::embeds_content(model) {
            return limits(Some(1), None, None);
        }
        self.limits
    }

    /// The profile of a server that speaks one of OpenAI's protocols.
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        let is_beneath = |domain: &str| endpoint.host.is_beneath(domain);
        let is_cohere = is_beneath("cohere.com") || is_beneath("cohere.ai");
        if is_beneath("openai.com") || is_beneath("openai.azure.com") {
            Self::OPENAI
        } else if is_beneath("voyageai.com") {
            Self::VOYAGE
        } else if is_beneath("jina.ai") {
            Self::JINA
        } else if is_beneath("nvidia.com") {
            Self::NVIDIA
        } else if is_cohere && endpoint.base_path().split('/').any(|part| part == "v2") {
            Self::COHERE
        } else if is_beneath("aliyuncs.com") {
            Self::OPENAI_COMPATIBLE.with_limits(limits(Some(10), None, None))
        } else {
            Self::OPENAI_COMPATIBLE
        }
    }
}

const fn limits(
    max_inputs: Option<usize>,
    max_tokens: Option<u64>,
    max_input_tokens: Option<u64>,
) -> EmbeddingLimits {
    let mut limits = EmbeddingLimits::UNKNOWN;
    limits.max_inputs = max_inputs;
    limits.max_tokens = max_tokens;
    limits.max_input_tokens = max_input_tokens;
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_chooses_the_profile_and_a_host_that_only_looks_alike_does_not() {
        for (url, expected) in [
            ("https://api.openai.com/v1", EmbeddingProfile::OPENAI),
            ("https://eu.API.openai.com./v1", EmbeddingProfile::OPENAI),
            ("https://a.openai.azure.com/openai/deployments/d", EmbeddingProfile::OPENAI),
            ("https://api.voyageai.com/v1/embeddings", EmbeddingProfile::VOYAGE),
            ("https://api.jina.ai/v1", EmbeddingProfile::JINA),
            ("https://integrate.api.nvidia.com/v1", EmbeddingProfile::NVIDIA),
            ("https://api.cohere.com/v2", EmbeddingProfile::COHERE),
            ("https://api.cohere.ai/compatibility/v1", EmbeddingProfile::OPENAI_COMPATIBLE),
            (
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                EmbeddingProfile::OPENAI_COMPATIBLE.with_limits(limits(Some(10), None, None)),
            ),
            ("https://notopenai.com/v1", EmbeddingProfile::OPENAI_COMPATIBLE),
            ("http://127.0.0.1:11434/v1", EmbeddingProfile::OPENAI_COMPATIBLE),
        ] {
            assert_eq!(EmbeddingProfile::of(&Endpoint::of(url).expect(url)), expected, "{url}");
        }
    }
}
