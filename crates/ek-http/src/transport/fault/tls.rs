//! rustls' errors in words that no peer has chosen: its own texts quote names in certificates and
//! whatever a verifier or a provider of cryptography says.

use rustls::AlertDescription::{
    AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked,
    CertificateUnknown, DecryptError, HandshakeFailure, UnknownCA, UnsupportedCertificate,
};
use rustls::Error::AlertReceived;
use rustls::{CertificateError, Error};

/// How a server refuses the certificate of a client, or its end of the handshake. In TLS 1.3 a client has
/// sent its first request by then; no server reads it after that (RFC 8446, section 6.2).
pub(super) static REFUSALS: [Error; 10] = [
    AlertReceived(AccessDenied),
    AlertReceived(BadCertificate),
    AlertReceived(CertificateExpired),
    AlertReceived(CertificateRequired),
    AlertReceived(CertificateRevoked),
    AlertReceived(CertificateUnknown),
    AlertReceived(DecryptError),
    AlertReceived(HandshakeFailure),
    AlertReceived(UnknownCA),
    AlertReceived(UnsupportedCertificate),
];

/// What went wrong with TLS, and what helps against it.
pub(super) fn explain(error: &Error, host: &str) -> String {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };

    let certificate = match error {
        Error::InvalidMessage(_) => {
            let hint = "(is this a plain http:// server, or another port?)";
            return format!("{} {hint}", variants(error));
        }
        Error::InvalidCertificate(certificate) => certificate,
        _ => return variants(error),
    };
    match certificate {
        Expired | ExpiredContext { .. } => "the certificate has expired".to_owned(),
        NotValidYet | NotValidYetContext { .. } => {
            "the certificate is not valid yet (is the clock of this machine right?)".to_owned()
        }
        NotValidForName | NotValidForNameContext { .. } => {
            format!("the certificate is not valid for {host}")
        }
        UnknownIssuer => "the certificate's issuer is unknown (a private certificate authority is \
                          added with root_certificate)"
            .to_owned(),
        _ => variants(error),
    }
}

/// The names of the variants, such as `AlertReceived: CertificateRequired`, without what they hold.
pub(super) fn variants(error: &Error) -> String {
    let debug = format!("{error:?}");
    let mut names = Vec::new();
    for part in debug.split('(') {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        // What stands in these is of another library, or a number.
        if end == 0 || part.starts_with(|c: char| !c.is_ascii_uppercase()) || names.len() == 3 {
            break;
        }
        names.push(&part[..end]);
        if part.starts_with("Other") || part[end..].starts_with([' ', '{', '"']) {
            break;
        }
    }
    names.join(": ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{AlertDescription, InvalidMessage, OtherError, PeerIncompatible};

    use super::*;

    /// An error of another library, whose name looks like a variant's.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Mark(&'static str);

    #[test]
    fn variants_are_named_and_what_they_hold_is_not() {
        use CertificateError::{BadEncoding, NotValidForNameContext, Other};
        let name = NotValidForNameContext {
            expected: "localhost".try_into().expect("a name"),
            presented: vec!["MARK".to_owned()],
        };
        let other = || OtherError(Arc::new(Mark("MARK")));
        for (error, expected) in [
            (Error::DecryptError, "DecryptError"),
            (Error::General("MARK".to_owned()), "General"),
            (Error::Other(other()), "Other"),
            (Error::InvalidCertificate(Other(other())), "InvalidCertificate: Other"),
            (Error::InvalidCertificate(name), "InvalidCertificate: NotValidForNameContext"),
            (Error::InvalidCertificate(BadEncoding), "InvalidCertificate: BadEncoding"),
            (AlertReceived(AlertDescription::ProtocolVersion), "AlertReceived: ProtocolVersion"),
            (AlertReceived(AlertDescription::Unknown(77)), "AlertReceived: AlertDescription"),
            (
                Error::PeerIncompatible(PeerIncompatible::ServerRejectedEncryptedClientHello(None)),
                "PeerIncompatible: ServerRejectedEncryptedClientHello: None",
            ),
            (
                Error::InvalidMessage(InvalidMessage::DuplicateExtension(7)),
                "InvalidMessage: DuplicateExtension",
            ),
        ] {
            assert_eq!(variants(&error), expected);
            assert!(!explain(&error, "localhost").to_uppercase().contains("MARK"));
        }
    }
}
