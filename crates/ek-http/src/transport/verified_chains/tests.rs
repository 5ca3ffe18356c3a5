//! What is verified again, and when, against a verifier that notes when it is asked.

use rustls::CertificateError;

use super::*;

/// Takes certificates whose first byte is not 0 up to this time, and notes the times at which it was
/// asked.
#[derive(Debug)]
struct Until(u64, Mutex<Vec<u64>>);

impl ServerCertVerifier for Until {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.1.lock().expect("no panic").push(now.as_secs());
        if end_entity[0] == 0 {
            return Err(CertificateError::UnknownIssuer.into());
        }
        match now.as_secs() <= self.0 {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::Expired.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(CertificateError::BadSignature.into())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

struct Rig {
    chains: Verifier,
    asked: Arc<Until>,
}

impl Rig {
    fn new(valid_until: u64) -> Self {
        let asked = Arc::new(Until(valid_until, Mutex::default()));
        Self { chains: VerifiedChains::of(asked.clone()), asked }
    }

    fn verify(&self, chain: &[&[u8]], name: &str, ocsp: &[u8], now: u64) -> bool {
        let chain: Vec<_> = chain.iter().map(|der| CertificateDer::from(*der)).collect();
        let name = ServerName::try_from(name).expect("a name");
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        self.chains.verify_server_cert(&chain[0], &chain[1..], &name, ocsp, now).is_ok()
    }

    /// When the verifier behind was asked about a chain since the last look.
    fn asked(&self) -> Vec<u64> {
        std::mem::take(&mut *self.asked.1.lock().expect("no panic"))
    }
}

const CHAIN: &[&[u8]] = &[b"leaf", b"issuer"];
const NAME: &str = "model.test";

#[test]
fn a_chain_is_verified_at_both_ends_of_a_minute_and_not_again_within_it() {
    let rig = Rig::new(u64::MAX);
    for now in [1_000, 1_000, 1_001, 1_060] {
        assert!(rig.verify(CHAIN, NAME, b"", now));
    }
    assert_eq!(rig.asked(), [1_000, 1_060]);
    assert!(rig.verify(CHAIN, NAME, b"", 1_061));
    assert_eq!(rig.asked(), [1_061]);
}

#[test]
fn a_chain_that_expires_within_the_minute_is_verified_each_time() {
    let rig = Rig::new(1_030);
    assert!([1_000, 1_001, 1_030].iter().all(|now| rig.verify(CHAIN, NAME, b"", *now)));
    assert!(!rig.verify(CHAIN, NAME, b"", 1_031));
    assert_eq!(rig.asked(), [1_000, 1_060, 1_001, 1_060, 1_030, 1_060, 1_031]);
}

#[test]
fn anything_else_that_is_presented_is_verified_for_itself() {
    let rig = Rig::new(u64::MAX);
    let other = |chain: &[&[u8]], name: &str, ocsp: &[u8]| {
        assert!(rig.verify(CHAIN, NAME, b"", 1_000) && rig.verify(CHAIN, NAME, b"", 1_000));
        rig.asked();
        assert!(rig.verify(chain, name, ocsp, 1_000));
        assert_eq!(rig.asked(), [1_000], "{chain:?} {name} {ocsp:?}");
    };
    other(&[b"leaf", b"other"], NAME, b"");
    other(&[b"leaf"], NAME, b"");
    other(&[b"leaf", b"issuer", b"root"], NAME, b"");
    other(&[b"issuer", b"leaf"], NAME, b"");
    other(CHAIN, "other.test", b"");
    other(CHAIN, NAME, b"ocsp");
}

#[test]
fn a_refusal_is_not_remembered_and_changes_nothing() {
    let rig = Rig::new(u64::MAX);
    for _ in 0..3 {
        assert!(!rig.verify(&[b"\0"], NAME, b"", 1_000));
    }
    assert_eq!(rig.asked(), [1_000; 3]);
}

#[test]
fn a_clock_that_is_put_back_begins_another_minute() {
    let rig = Rig::new(u64::MAX);
    assert!([1_000, 1_000, 999].iter().all(|now| rig.verify(CHAIN, NAME, b"", *now)));
    assert_eq!(rig.asked(), [1_000, 1_060, 999]);
}

#[test]
fn a_few_chains_are_remembered_and_the_oldest_is_forgotten() {
    let rig = Rig::new(u64::MAX);
    let leaves: Vec<[u8; 1]> = (1..=5).map(|leaf| [leaf]).collect();
    for leaf in &leaves {
        assert!(rig.verify(&[leaf], NAME, b"", 1_000) && rig.verify(&[leaf], NAME, b"", 1_000));
    }
    rig.asked();
    for leaf in leaves.iter().rev() {
        assert!(rig.verify(&[leaf], NAME, b"", 1_000));
    }
    assert_eq!(rig.asked(), [1_000], "of the first one alone");
}

#[test]
fn the_proof_of_the_key_is_always_the_verifiers_own() {
    let rig = Rig::new(u64::MAX);
    assert_eq!(rig.chains.supported_verify_schemes(), [SignatureScheme::ED25519]);
    assert!(!rig.chains.requires_raw_public_keys());
    assert!(rig.chains.root_hint_subjects().is_none());
}
