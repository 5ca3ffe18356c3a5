//! Replies to requests for embeddings.

use ek_core::Embeddings;

use super::{Answer, MockReply};
use crate::embedding::VectorReply;

impl MockReply {
    /// Vectors made from the inputs with [`text_vector`](crate::text_vector), and their tokens counted: one
    /// for each four characters. It answers a request for embeddings, of which
    /// [`EmbeddingRequest::dimensions`](ek_core::EmbeddingRequest::dimensions) is honoured (256 where it says
    /// nothing).
    ///
    /// A request for embeddings that no rule fits gets this as well; so a script needs it only for what it
    /// adds to it: a latency, a fault, a step of [`attempts`](Self::attempts).
    ///
    /// ```
    /// use ek_core::{EmbeddingProvider, Error, ErrorKind};
    /// use ek_mock::{MockProvider, MockReply, Script, When};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// let busy = Error::new(ErrorKind::RateLimited, "slow down");
    /// let script = Script::new().on(When::embedding(), [busy.into(), MockReply::vectors()]);
    /// let provider = MockProvider::from_script(script);
    /// assert!(provider.embed(&"kiln".into()).await.is_err());
    /// assert_eq!(provider.embed(&"kiln".into()).await?.dimensions(), 256);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn vectors() -> Self {
        let made = VectorReply { is_made: true, counts_tokens: true, ..VectorReply::default() };
        Self::new(Answer::Vectors(Box::new(made)))
    }
}

/// These vectors, whatever the inputs are, with what is said beside them. Where there are more or fewer than
/// inputs the call fails as `Malformed`; on the wire they are sent as they are.
impl From<Embeddings> for MockReply {
    fn from(said: Embeddings) -> Self {
        Self::new(Answer::Vectors(Box::new(VectorReply { said, ..VectorReply::default() })))
    }
}
