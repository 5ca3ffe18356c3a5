//! A recorder asks its own endpoint, whatever a request asks for.

use ek_mock::wire::{Connection, RawServer, response};
use ek_mock::{Cassette, Recording};

use super::Folder;
use crate::support::post;

const QUESTION: &str = r#"{"model":"m","messages":[{"role":"user","content":"tide?"}]}"#;

#[tokio::test]
async fn a_request_never_chooses_the_host_that_gets_the_key() {
    let answers = |text: &str| {
        let headers = [("content-type", "application/json")];
        Connection::new().read_request().write(response(200, &headers, text)).repeat()
    };
    let evil = RawServer::start(answers("{}")).await;
    let upstream = RawServer::start(answers("{}")).await;
    let host = evil.addr();
    for path in ["", "/", "/v1", "/a/v1/"] {
        let folder = Folder::new();
        let base = format!("{}{path}", upstream.uri());
        let recorder = Cassette::record(folder.path(), &base).await.expect("a recorder");
        let address = recorder.uri().replace("http://", "").replace("/v1", "");
        for (target, status) in [
            (format!("/v1@{host}/chat/completions"), 400),
            (format!("@{host}/chat/completions"), 400),
            (format!("/v1:x@{host}/chat/completions"), 400),
            (format!("/v1:{}/chat/completions", host.port()), 400),
            (format!("/v1.{host}/chat/completions"), 400),
            (format!("http://{host}/v1/chat/completions"), 400),
            (format!("{host}/chat/completions"), 400),
            (format!("\\\\{host}/chat/completions"), 400),
            (format!("/v1\\@{host}/chat/completions"), 400),
            (format!("/v1/../@{host}/chat/completions"), 400),
            (format!("/v1/%2e%2e/@{host}/chat/completions"), 400),
            (format!("//{host}/chat/completions"), 200),
            (format!("/v1//{host}/chat/completions"), 200),
            (format!("/v1/@{host}/chat/completions"), 200),
            (format!("/v1?x=@{host}/chat/completions"), 200),
            ("/chat/completions".to_owned(), 200),
        ] {
            let before = upstream.request_count();
            let key = ["authorization: Bearer sk-secret-1"];
            let answer = post(&address, &target, &key, QUESTION).await;
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{base} {target}: {answer}");
            let passed_on = upstream.request_count() - before;
            assert_eq!(passed_on, usize::from(status == 200), "{base} {target}");
        }
        let refused = recorder.stop().await.into_iter().filter_map(|recording| match recording {
            Recording::Refused { why } => Some(why),
            _ => None,
        });
        for why in refused {
            assert!(
                why.starts_with("the target of the request is no path of the upstream"),
                "{why}"
            );
        }
    }
    assert_eq!(evil.connection_count(), 0);
}
