//! Which items of a watch list a certificate is about, and why: `who_covers CERTIFICATE LIST` (PEM or DER; one item a line).
//!
//! Without arguments: a certificate of the testkit with names as they should be and as they should not.

use ctlens_examples::read_der;
use ctlens_san::{Relation, WatchList, read_items};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::Certificate;
use std::{env, error::Error, fs, ops::ControlFlow, path::Path};

const LIST: &str = "www.example.com\n.example.net  # and all below\nwww.example.org\n198.51.100.0/24\n2001:db8::1\n";

fn main() -> Result<(), Box<dyn Error>> {
    let (der, text) = match &env::args().skip(1).collect::<Vec<_>>()[..] {
        [] => (demonstration(), LIST.to_owned()),
        [certificate, list] => (read_der(Path::new(certificate))?, fs::read_to_string(list)?),
        _ => return Err("expected a certificate and a list, or nothing".into()),
    };
    // A list that outlives one certificate has a random seed.
    let mut list = WatchList::new(1);
    for found in read_items(&text) {
        match found {
            Ok(found) => {
                found.warning.iter().for_each(|warning| println!("line {}: {warning}", found.line));
                list.insert(&found.item, found.line)?;
            }
            Err(error) => println!("{error}"),
        }
    }
    println!("{} items are watched", list.len());
    let certificate = Certificate::from_der(&der)?;
    let outcome = list.watch(certificate.tbs(), |hit| {
        let shown = hit.octets.get(..64).unwrap_or(hit.octets).escape_ascii();
        println!("\n{}, {} octets at offset {}: {shown}", hit.source, hit.octets.len(), hit.offset);
        println!("    read: {}", hit.reading);
        // An asterisk may stand for a million: they are looked for one by one.
        for entry in hit.items().take(3) {
            println!("    {} {} of line {}", hit.relation, entry.item(), entry.payload());
        }
        let more = if hit.items().nth(3).is_some() { "; for more items too" } else { "" };
        match hit.relation {
            Relation::Undecided(why) => println!("    UNDECIDED: {why}{more}"),
            _ => println!("    {}{more}", hit.grade),
        }
        ControlFlow::Continue(())
    });
    let (hits, undecided) = (outcome.tally().delivered, outcome.tally().undecided);
    println!("\n{hits} hits, {undecided} of them undecided");
    Ok(())
}

fn demonstration() -> Vec<u8> {
    let ca = Ca::root(Key::new(1, "CA"), &Name::new().common_name("Example CA"), 0, 4_000_000_000);
    let leaf =
        CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).subject(&Name::new().common_name("198.51.100.7"));
    let leaf = leaf.dns("www.example.com").dns("a.b.example.net").dns("*.example.org").dns("other.example");
    let leaf = leaf.ip([198, 51, 100, 7]).dns("2001:DB8::1").dns("www.example.com\0.other.example");
    leaf.ip([198, 51, 100, 7, 24]).certificate(&ca)
}
