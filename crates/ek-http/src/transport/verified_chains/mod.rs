//! Remembers for a minute which chains of certificates were verified.
//!
//! Of what a handshake costs a client, a quarter is the verification of a chain with one signature, and half
//! of one with three. A burst of dials gets the same chain each time. What proves that the server
//! has the key is still verified in each handshake.
//!
//! No other chain is accepted than without this: only the same bytes for the same name count, and only where
//! they are valid at the beginning and at the end of the minute. What is taken back within it (a certificate
//! that the platform knows as revoked, a root) counts until its end, and so does a chain with two ways to a
//! root of which one expires before the other begins to be valid. A session that is resumed is not verified
//! again for far longer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::roots::Verifier;

/// How long a chain counts as verified, in seconds.
const SECONDS: u64 = 60;
/// How many chains are remembered: a provider speaks to one origin, which may have several servers.
const MAX_CHAINS: usize = 4;

/// Asks another verifier only for chains that it has not verified lately.
#[derive(Debug)]
pub(super) struct VerifiedChains {
    verifier: Verifier,
    /// The oldest first.
    known: Mutex<Vec<Known>>,
}

/// A chain that was valid at the beginning of a minute.
#[derive(Debug)]
struct Known {
    chain: Chain,
    /// In seconds since 1970.
    from: u64,
    /// It is valid at the end of the minute too, and so at any time in it.
    is_whole: bool,
}

/// All that a verification depends on, but for the time.
#[derive(Debug, PartialEq, Eq)]
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    server_name: ServerName<'static>,
    ocsp_response: Vec<u8>,
}

/// What is presented in a handshake.
#[derive(Clone, Copy)]
struct Presented<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    server_name: &'a ServerName<'a>,
    ocsp_response: &'a [u8],
}

impl Presented<'_> {
    fn is(self, chain: &Chain) -> bool {
        let certificates = std::iter::once(self.end_entity).chain(self.intermediates);
        *self.server_name == chain.server_name
            && self.ocsp_response == chain.ocsp_response
            && certificates.eq(&chain.certificates)
    }

    fn kept(self) -> Chain {
        let certificates = std::iter::once(self.end_entity).chain(self.intermediates);
        Chain {
            certificates: certificates
                .map(|certificate| certificate.clone().into_owned())
                .collect(),
            server_name: self.server_name.to_owned(),
            ocsp_response: self.ocsp_response.to_vec(),
        }
    }
}

impl VerifiedChains {
    pub(super) fn of(verifier: Verifier) -> Verifier {
        Arc::new(Self { verifier, known: Mutex::default() })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the chain's minute began and whether it is valid in all of it, if it is known.
    fn find(&self, presented: Presented<'_>, now: u64) -> Option<(u64, bool)> {
        let mut known = self.known();
        known.retain(|known| (known.from..=known.from + SECONDS).contains(&now));
        let found = known.iter().find(|known| presented.is(&known.chain))?;
        Some((found.from, found.is_whole))
    }

    fn keep(&self, presented: Presented<'_>, from: u64, is_whole: bool) {
        let mut known = self.known();
        known.retain(|known| !presented.is(&known.chain));
        if known.len() == MAX_CHAINS {
            known.remove(0);
        }
        known.push(Known { chain: presented.kept(), from, is_whole });
    }
}

impl ServerCertVerifier for VerifiedChains {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let presented = Presented { end_entity, intermediates, server_name, ocsp_response };
        let verify = |at| {
            let verifier = &self.verifier;
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at)
        };
        match self.find(presented, now.as_secs()) {
            Some((_, true)) => Ok(ServerCertVerified::assertion()),
            Some((from, false)) => {
                let end = UnixTime::since_unix_epoch(Duration::from_secs(from + SECONDS));
                match verify(end) {
                    Ok(verified) => {
                        self.keep(presented, from, true);
                        Ok(verified)
                    }
                    // It expires before.
                    Err(_) => verify(now),
                }
            }
            None => {
                let verified = verify(now)?;
                self.keep(presented, now.as_secs(), false);
                Ok(verified)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.verifier.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.verifier.root_hint_subjects()
    }
}

#[cfg(test)]
mod tests;
