//! Base URLs under the fuzzer: what is taken is what is dialled, and nothing else gets through.

use ek_core::{ErrorKind, Result};

use crate::endpoint::Endpoint;

/// A base URL is refused without showing its credentials, or leads to one clear address.
///
/// # Panics
/// If it does not hold.
pub fn base_url(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Endpoint::of(text) {
        Ok(endpoint) => hold_to(&endpoint),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            let shown = format!("{error} {error:?}");
            assert!(shown.len() < 4096, "as long as a URL: {} bytes", shown.len());
            let before_host = text.rsplit_once('@').map(|(before, _)| before);
            let secret = before_host.and_then(|before| before.rsplit(['/', ':']).next());
            if let Some(secret) = secret.filter(|secret| secret.len() > 12) {
                assert!(!shown.contains(secret), "userinfo is shown: {shown}");
            }
        }
    }
}

fn hold_to(endpoint: &Endpoint) {
    let uri = &endpoint.uri;
    assert_eq!(uri.scheme_str(), Some(if endpoint.https { "https" } else { "http" }));
    let authority = uri.authority().expect("an address").as_str();
    assert!(!authority.is_empty() && !authority.contains('@'), "{authority}");
    assert_ne!(uri.port_u16(), Some(0));
    assert_eq!(uri.port().is_some(), uri.port_u16().is_some(), "a port that is none: {authority}");
    assert!(uri.path().ends_with("/chat/completions"), "{}", uri.path());
    let climbs = |segment: &str| matches!(segment, "." | "..");
    assert!(!uri.path().split('/').any(climbs), "{}", uri.path());
    let again: Result<Endpoint> = Endpoint::of(&uri.to_string());
    let again = again.unwrap_or_else(|error| panic!("its own URL is refused: {error}"));
    assert_eq!(again.uri, *uri);
    assert_eq!((again.https, again.host.is_local()), (endpoint.https, endpoint.host.is_local()));
}
