//! The facts that a monitor needs of a certificate: issuer, validity, SANs, public key, list of SCTs, poison.

use ctlens_benches::{Comparison, real_certificates};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, GeneralNameKind};
use std::hint::black_box;

fn main() {
    let certificates = real_certificates();
    view(&certificates);
    #[cfg(feature = "peers")]
    beside_webpki(&certificates);
    reconstruction(&certificates);
    many_names();
}

fn view(certificates: &[Vec<u8>]) {
    let comparison = Comparison::new("view: issuer, validity, SANs, SPKI, SCT list, poison", "certificate");
    let comparison =
        comparison.case("ctlens-x509", certificates.len(), || certificates.iter().for_each(|der| facts(der)));
    #[cfg(feature = "peers")]
    let comparison = comparison
        .case("x509-parser 0.18", certificates.len(), || certificates.iter().for_each(|der| x509_parser_facts(der)));
    comparison.bar("ctlens-x509", 0.08, "x509-parser 0.18").without_allocations("ctlens-x509").run();
}

fn facts(der: &[u8]) {
    let Ok(certificate) = Certificate::from_der(der) else { return };
    let tbs = certificate.tbs();
    let _ = black_box((tbs.issuer().as_bytes(), tbs.validity(), tbs.spki().as_bytes(), tbs.sct_list(), tbs.poison()));
    for name in tbs.names().flatten() {
        match name.kind() {
            GeneralNameKind::DnsName | GeneralNameKind::IpAddress => {
                black_box(name.value);
            }
            _ => {}
        }
    }
}

#[cfg(feature = "peers")]
fn x509_parser_facts(der: &[u8]) {
    use x509_parser::prelude::*;
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return };
    black_box((certificate.issuer().as_raw(), certificate.validity().not_before.timestamp()));
    black_box((certificate.validity().not_after.timestamp(), certificate.public_key().raw));
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    match name {
                        GeneralName::DNSName(name) => {
                            black_box(name.as_bytes());
                        }
                        GeneralName::IPAddress(address) => {
                            black_box(address);
                        }
                        _ => {}
                    }
                }
            }
            ParsedExtension::SCT(_) => {
                black_box(extension.value);
            }
            _ => {}
        }
    }
}

/// rustls-webpki refuses precertificates and more, so both go through what it accepts.
#[cfg(feature = "peers")]
fn beside_webpki(certificates: &[Vec<u8>]) {
    let names = |der: &[u8]| {
        let der = pki_types::CertificateDer::from(der);
        let certificate = webpki::EndEntityCert::try_from(&der).ok()?;
        Some(certificate.valid_dns_names().map(|name| black_box(name).len()).sum::<usize>())
    };
    let accepted: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).filter(|der| names(der).is_some()).collect();
    Comparison::new(format!("view, {} certificates that webpki accepts", accepted.len()), "certificate")
        .case("ctlens-x509", accepted.len(), || accepted.iter().for_each(|der| facts(der)))
        .case("rustls-webpki 0.103 (dNSNames only)", accepted.len(), || {
            accepted.iter().for_each(|der| {
                black_box(names(der));
            });
        })
        .bar("ctlens-x509", 0.40, "rustls-webpki 0.103 (dNSNames only)")
        .run();
}

fn reconstruction(certificates: &[Vec<u8>]) {
    let views: Vec<_> = certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    Comparison::new("TBS of the precertificate", "certificate")
        .case("hash of the TBS as it is", views.len(), || {
            for view in &views {
                black_box(view.tbs().sha256());
            }
        })
        .case("cut and hash", views.len(), || {
            for view in &views {
                let _ = black_box(view.tbs().precert_tbs().map(|tbs| tbs.sha256()));
            }
        })
        .without_allocations("cut and hash")
        .run();
}

/// The cost of a name does not grow with the number of names.
fn many_names() {
    let certificate = |names: usize| {
        let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der());
        let names = (0..names).map(|n| format!("host-{n:06}.example"));
        names.fold(leaf, CertificateBuilder::dns).precertificate(&Ca::root(Key::new(2, "CA"), &Name::new(), 0, 1))
    };
    let (few, more, most) = (certificate(1_000), certificate(10_000), certificate(100_000));
    Comparison::new("a certificate with many names: facts and TBS hash", "name")
        .case("1,000 names", 1_000 * 100, || (0..100).for_each(|_| facts_and_hash(&few)))
        .case("10,000 names", 10_000 * 10, || (0..10).for_each(|_| facts_and_hash(&more)))
        .case("100,000 names", 100_000, || facts_and_hash(&most))
        .bar("10,000 names", 1.25, "1,000 names")
        .bar("100,000 names", 1.25, "1,000 names")
        .run();
    Comparison::new("a certificate with many names: anomalies", "name")
        .case("1,000 names", 1_000 * 100, || (0..100).for_each(|_| anomalies(&few)))
        .case("10,000 names", 10_000 * 10, || (0..10).for_each(|_| anomalies(&more)))
        .case("100,000 names", 100_000, || anomalies(&most))
        .bar("10,000 names", 1.25, "1,000 names")
        .bar("100,000 names", 1.25, "1,000 names")
        .run();
}

fn facts_and_hash(der: &[u8]) {
    facts(der);
    let _ = black_box(
        Certificate::from_der(der).map(|certificate| certificate.tbs().precert_tbs().map(|tbs| tbs.sha256())),
    );
}

fn anomalies(der: &[u8]) {
    let _ = black_box(Certificate::from_der(der).map(|certificate| certificate.anomalies().count()));
}
