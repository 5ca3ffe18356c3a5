//! `MockProvider` in your own tests: `cargo test --example testing` runs those at the end.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use executionkit::{ChatRequest, LlmProvider, Message, MockProvider, Result};

/// The code under test: asks for a title, and once more if it is too long.
async fn title(llm: &impl LlmProvider, text: &str) -> Result<String> {
    let mut request = ChatRequest::user(format!("A title for: {text}"));
    let first = llm.complete(&request).await?;
    if first.content.len() <= 20 {
        return Ok(first.content);
    }
    request.messages.push(Message::from(&first));
    request.messages.push(Message::user("Shorter, please."));
    Ok(llm.complete(&request).await?.content)
}

#[tokio::main]
async fn main() -> Result<()> {
    let llm = MockProvider::new(["Of Fire, of Clay and of Patience", "Fire and Clay"]);
    println!("title: {}", title(&llm, "How kilns are built").await?);
    println!("calls: {}", llm.call_count());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use executionkit::{Error, ErrorKind};

    #[tokio::test]
    async fn a_long_title_is_asked_for_once_more() {
        let llm = MockProvider::new(["Of Fire, of Clay and of Patience", "Fire and Clay"]).strict();
        assert_eq!(title(&llm, "kilns").await.unwrap(), "Fire and Clay");
        let last = llm.last_call().unwrap();
        assert_eq!(last.number, 2);
        assert_eq!(last.request.last_user_text().unwrap(), "Shorter, please.");
    }

    #[tokio::test]
    async fn an_error_reaches_the_caller() {
        let llm = MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 503"));
        let error = title(&llm, "kilns").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server);
        assert_eq!(llm.call_count(), 1);
    }
}
