//! `who_covers` as a newcomer runs it.

mod support;

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use support::{run, stderr, stdout};

#[test]
fn every_hit_is_explained() {
    let output = run::<&str>("who_covers", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for shown in [
        "\nsubjectAltName[0], 15 octets at offset 426: www.example.com\n    read: as it stands\n    is www.example.com of line 1\n    valid by RFC 9525\n",
        "\n    is below .example.net of line 2\n    valid by RFC 9525\n",
        "\n    stands for www.example.org of line 3\n    valid by RFC 9525\n",
        "\n    lies in 198.51.100.0/24 of line 4\n    valid by RFC 9525\n",
        "\n    read: as the text of an address\n    is 2001:db8::1 of line 5\n    accepted by no known client\n",
        "www.example.com\\x00.other.example\n    read: what stands before the NUL\n    is www.example.com of line 1\n",
        "\n    UNDECIDED: iPAddress of 5 octets, which is no address\n",
        "\ncommonName[0], 12 octets at offset 92: 198.51.100.7\n",
        "\n8 hits, 1 of them undecided\n",
    ] {
        assert!(printed.contains(shown), "{shown:?} is missing from\n{printed}");
    }
    assert!(!printed.contains("subjectAltName[3]"), "{printed}");
}

#[test]
fn a_certificate_and_a_list_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ca = Ca::root(Key::new(1, "CA"), &Name::new().common_name("Example CA"), 0, 4_000_000_000);
    let der = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).dns("*.example.com").certificate(&ca);
    std::fs::write(path("leaf.pem"), pem::encode(&pem::Pem::new("CERTIFICATE", der))).unwrap();
    std::fs::write(path("list"), "a.example.com\nb.example.com\n*.example.com\nc.example.com\nd.example.com\n")
        .unwrap();
    let output = run("who_covers", &[path("leaf.pem"), path("list")]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for shown in [
        "line 3, column 1: a wildcard is not an item",
        "\n4 items are watched\n",
        "    stands for b.example.com of line 2\n",
        "    valid by RFC 9525; for more items too\n",
        "\n1 hits, 0 of them undecided\n",
    ] {
        assert!(printed.contains(shown), "{shown:?} is missing from\n{printed}");
    }
    assert_eq!(run("who_covers", &[path("leaf.pem")]).status.code(), Some(1));
}
