use ctlens_testkit::{Ca, CertificateBuilder, Corpus, Key, Name, TestLog, read_certificate};

/// The certificates of the corpus folder `sct/certs`; where there is no corpus, as many of the testkit's.
#[must_use]
pub fn real_certificates() -> Vec<Vec<u8>> {
    let files = Corpus::open().map(|corpus| corpus.files("sct/certs")).unwrap_or_default();
    let certificates: Vec<Vec<u8>> = files.iter().map(|file| read_certificate(file)).collect();
    if !certificates.is_empty() {
        println!("{} certificates of the corpus", certificates.len());
        return certificates;
    }
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Bench Root"), 0, 4_000_000_000);
    let log = TestLog::new(1, "bench.example/log");
    let key = Key::new(1, "leaf");
    let certificates: Vec<Vec<u8>> = (0..900_u32)
        .map(|n| {
            let names = (0..=n % 5).fold(CertificateBuilder::leaf(key.spki_der()), |builder, m| {
                builder.dns(format!("host-{m}.customer-{n}.example"))
            });
            let names = names.serial(&n.to_be_bytes()).validity(1_700_000_000, 1_707_776_000);
            names.issue(&ca, |entry| vec![log.sign_sct(entry, 1_700_000_000_000, &[]); 2]).certificate
        })
        .collect();
    println!("{} certificates of the testkit", certificates.len());
    certificates
}
