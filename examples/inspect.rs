//! What a certificate says, and what is odd about its encoding: `inspect CERTIFICATE` (PEM or DER).
//!
//! Without arguments: a precertificate of the testkit with two fields that are not as they should be.

use ctlens_examples::read_der;
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, Name as DistinguishedName};
use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let der = env::args().nth(1).map_or_else(|| Ok(demonstration()), |file| read_der(Path::new(&file)))?;
    let certificate = Certificate::from_der(&der)?;
    let tbs = certificate.tbs();
    println!("certificate {}", hex(&certificate.sha256()));
    println!("  serial    {}", hex(tbs.serial()));
    println!("  issuer    {}", shown(tbs.issuer()));
    println!("  subject   {}", shown(tbs.subject()));
    let validity = tbs.validity().map(|validity| format!("{} until {}", validity.not_before, validity.not_after));
    println!("  validity  {}", validity.unwrap_or_else(|error| error.to_string()));
    println!("  key       {}, SHA-256 {}", tbs.spki().algorithm()?, hex(&tbs.spki().sha256()));
    for name in tbs.names() {
        match name {
            Ok(name) => println!("  name      {:?} {}", name.kind(), name.value.escape_ascii()),
            Err(undecodable) => println!("  name      {undecodable}"),
        }
    }
    for extension in tbs.extensions() {
        match extension {
            Ok(found) => println!("  extension {} critical={} length={}", found.oid, found.critical, found.value.len()),
            Err(undecodable) => println!("  extension {undecodable}"),
        }
    }
    // What logs sign: the same for a precertificate and its certificate.
    match tbs.precert_tbs() {
        Ok(logged) => println!("  logged as {} octets with SHA-256 {}", logged.octets(), hex(&logged.sha256())),
        Err(error) => println!("  logged as: {error}"),
    }
    certificate.anomalies().for_each(|anomaly| println!("  anomaly   {anomaly}"));
    Ok(())
}

fn shown(name: DistinguishedName<'_>) -> String {
    let attributes = name.attributes().map(|attribute| match attribute {
        Ok(attribute) => format!("{}={}", attribute.oid, attribute.value.escape_ascii()),
        Err(undecodable) => undecodable.to_string(),
    });
    attributes.collect::<Vec<_>>().join(", ")
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn demonstration() -> Vec<u8> {
    let ca = Ca::root(Key::new(1, "CA"), &Name::new().country("HR").common_name("Example CA"), 0, 4_000_000_000);
    let leaf =
        CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).subject(&Name::new().common_name("test1.example"));
    let leaf = leaf.serial(&[0xd3; 21]).validity(1_735_689_600, 1_743_465_599);
    leaf.dns("test1.example").ip([1, 1, 1, 1]).ip([1, 1, 1, 1, 1]).precertificate(&ca)
}
