//! The small examples as a newcomer runs them.

mod support;

use support::{run, stderr, stdout};

#[test]
fn prove_makes_a_proof_from_tiles_and_says_what_a_wrong_one_leads_to() {
    let output = run::<&str>("prove", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    assert!(printed.contains("needs tile/0/004\n"), "{printed}");
    // 1234 of 2000 entries (RFC 9162 §2.1.3.1): eleven levels, none of them left out for this index.
    assert_eq!(printed.lines().filter(|line| line.starts_with("  ")).count(), 11, "{printed}");
    assert!(printed.contains("\nthe same at index 1235: the hashes lead to the root "), "{printed}");
    assert_eq!(run("prove", &["no-such-folder", "1", "00", "0"]).status.code(), Some(1));
}

#[test]
fn inspect_shows_everything_and_what_is_odd() {
    let output = run::<&str>("inspect", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for line in [
        "  serial    d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3\n",
        "  issuer    2.5.4.6=HR, 2.5.4.3=Example CA\n",
        "  validity  2025-01-01T00:00:00Z until 2025-03-31T23:59:59Z\n",
        "  name      DnsName test1.example\n",
        "  name      IpAddress \\x01\\x01\\x01\\x01\\x01\n",
        "  extension 1.3.6.1.4.1.11129.2.4.3 critical=true length=2\n",
        "  anomaly   negative serial number at offset 13\n",
        "  anomaly   serial number of more than 20 octets at offset 13\n",
    ] {
        assert!(printed.contains(line), "{line:?} is missing from\n{printed}");
    }
    assert_eq!(run("inspect", &["no-such-file"]).status.code(), Some(1));
}
