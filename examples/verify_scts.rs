//! Verifies the SCTs in a certificate, and says what Chrome, Apple and Mozilla make of them.

use ctlens_examples::{print, read_der};
use ctlens_loglist::{ListKey, LogList, UnixMillis};
use ctlens_sct::{Compliance, CtPolicy, IssuerKeyHash, Verifier};
use ctlens_testkit::{Ca, CertificateBuilder, Key, ListedLog, Name, SignedEntry, TestLog};
use ctlens_testkit::{chrome_log_list, leaf_index_extension};
use ctlens_x509::Certificate;
use lexopt::prelude::*;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const USAGE: &str = "\
Verifies the SCTs in a certificate, and says what the CT policies of Chrome, Apple and Mozilla make of them.

  verify_scts                          a certificate and a list of logs that are made on the spot
  verify_scts CERT ISSUER LOGLIST      a certificate and its issuer's, PEM or DER; a log list, JSON

  --now TIME    judges as at this time (RFC 3339) in place of the clock's
  --key FILE    the publisher's key, PEM or DER: the signature beside the list, of its name with .sig, must be good
  --help        this text

All three policies are judged by the one list that is given. Each browser has its own: give Chrome's list for Chrome, and so
on. An old certificate needs a list of its time, or an all_logs list: the lists of today do not know the logs that are gone.

It ends with 0 where every SCT is valid and every policy complied with, with 1 where not, and with 2 where it cannot tell.
What is made on the spot has a bad SCT behind two good ones; that ends with 0.
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("verify_scts: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let (mut files, mut now, mut key) = (Vec::new(), None, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("now") => now = Some(arguments.value()?.parse::<UnixMillis>()?),
            Long("key") => key = Some(PathBuf::from(arguments.value()?)),
            Long("help") | Short('h') => return Ok(print(USAGE).map(|()| true)?),
            Value(file) => files.push(PathBuf::from(file)),
            other => return Err(other.unexpected().into()),
        }
    }
    let given = match files.as_slice() {
        [] if now.is_none() && key.is_none() => made_on_the_spot()?,
        [certificate, issuer, list] => Given {
            certificate: read_der(certificate)?,
            issuer: read_der(issuer)?,
            logs: read_log_list(list, key.as_deref())?,
            now: now.map_or_else(clock, Ok)?,
        },
        _ => {
            return Err("three files are needed: a certificate, its issuer's, and a log list (--help says more)".into());
        }
    };
    let (text, fine) = report(&given)?;
    print(&text)?;
    Ok(fine || files.is_empty())
}

/// Certificates are DER.
struct Given {
    certificate: Vec<u8>,
    issuer: Vec<u8>,
    logs: LogList,
    now: UnixMillis,
}

/// All there is to say, and whether all of it is good.
fn report(Given { certificate, issuer, logs, now }: &Given) -> Result<(String, bool), Box<dyn Error>> {
    let certificate = Certificate::from_der(certificate).map_err(|error| format!("the certificate: {error}"))?;
    let issuer = Certificate::from_der(issuer).map_err(|error| format!("the issuer's certificate: {error}"))?;
    let validity = certificate.tbs().validity()?;
    let issuer = IssuerKeyHash::of(issuer.tbs().spki());
    let verdicts = Verifier::new(logs).at(*now).embedded(&certificate, Some(issuer))?;

    let mut text = format!("certificate valid from {} to {}\n", validity.not_before, validity.not_after);
    let made = logs.timestamp().map_or_else(|| "unknown date".to_owned(), |time| time.to_string());
    writeln!(text, "log list    version {} of {made}, {} logs", logs.version().unwrap_or("?"), logs.logs().len())?;
    writeln!(text, "judged      as at {now}\n\n{} SCTs in the certificate", verdicts.len())?;
    for judged in &verdicts {
        writeln!(text, "\nSCT {}: {}", judged.index + 1, judged.verdict)?;
        let Some(sct) = judged.sct else { continue };
        writeln!(text, "    log       {}", judged.log.and_then(|log| log.description.as_deref()).unwrap_or("?"))?;
        writeln!(text, "    log id    {}", sct.log_id)?;
        writeln!(text, "    operator  {}", judged.log.and_then(|log| log.operator_at(sct.timestamp)).unwrap_or("?"))?;
        writeln!(text, "    signed    {}", sct.timestamp)?;
    }

    let mut fine = verdicts.iter().all(|judged| judged.verdict.is_valid());
    // What a log has not signed for this certificate counts for nobody.
    let verified = verdicts.iter().filter_map(|judged| Some((judged.index + 1, judged.verified()?)));
    let (numbers, verified): (Vec<_>, Vec<_>) = verified.unzip();
    for policy in [CtPolicy::CHROME, CtPolicy::APPLE, CtPolicy::MOZILLA] {
        let verdict = policy.evaluate(&verified, &validity, logs, *now);
        fine &= verdict.compliance == Compliance::Compliant;
        writeln!(text, "\n{policy}: {}\n    by {}", verdict.compliance, verdict.source)?;
        for (number, standing) in numbers.iter().zip(&verdict.standings) {
            writeln!(text, "    SCT {number} {standing}")?;
        }
        for lack in &verdict.embedded {
            writeln!(text, "    in the certificate: {lack}")?;
        }
        // The other way is of interest only where that one is not enough.
        for lack in verdict.stapled.iter().filter(|_| !verdict.embedded.is_empty()) {
            writeln!(text, "    over TLS or OCSP, of which this program knows none: {lack}")?;
        }
    }
    Ok((text, fine))
}

fn read_log_list(file: &Path, key: Option<&Path>) -> Result<LogList, Box<dyn Error>> {
    let about = |error: &dyn Error| format!("{}: {error}", file.display());
    let json = std::fs::read(file).map_err(|error| about(&error))?;
    let Some(key) = key else { return Ok(LogList::from_chrome_v3(&json).map_err(|error| about(&error))?) };
    let key = ListKey::from_spki_der(&read_der(key)?).map_err(|error| format!("{}: {error}", key.display()))?;
    let signature = file.with_extension("sig");
    let signature = std::fs::read(&signature).map_err(|error| format!("{}: {error}", signature.display()))?;
    Ok(LogList::from_signed_chrome_v3(&json, &signature, &key).map_err(|error| about(&error))?)
}

fn clock() -> Result<UnixMillis, Box<dyn Error>> {
    Ok(UnixMillis(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().try_into()?))
}

/// A certificate of ninety days, ten days old, with SCTs of two logs, and a third that was made for another certificate.
fn made_on_the_spot() -> Result<Given, Box<dyn Error>> {
    const DAY: i64 = 86_400;
    // 2026-05-22T00:00:00Z
    let (issued_at, issued_at_ms) = (1_779_408_000, 1_779_408_000_000);
    let name = Name::new().common_name("Invented CA");
    let ca = Ca::root(Key::new(1, "CA"), &name, issued_at - 1_000 * DAY, issued_at + 1_000 * DAY);
    let [a, b] = ["a.ct.example/2026h2", "b.ct.example/2026h2"].map(|origin| TestLog::new(1, origin));
    let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns("www.example");
    let leaf = leaf.validity(issued_at, issued_at + 90 * DAY - 1);
    let issued = leaf.issue(&ca, |entry| {
        let other = SignedEntry::X509(b"another certificate".to_vec());
        vec![
            a.sign_sct(entry, issued_at_ms + 120, &[]),
            b.sign_sct(entry, issued_at_ms + 340, &leaf_index_extension(31_415)),
            b.sign_sct(&other, issued_at_ms + 560, &leaf_index_extension(31_416)),
        ]
    });
    let listed = [
        ListedLog { tiled: false, ..ListedLog::usable(&a, "Operator A", issued_at - 200 * DAY) },
        ListedLog::usable(&b, "Operator B", issued_at - 100 * DAY),
    ];
    let list = chrome_log_list("1.0", issued_at + 9 * DAY, &listed);
    let logs = LogList::from_chrome_v3(list.as_bytes())?;
    let now = UnixMillis::from_seconds(issued_at + 10 * DAY).ok_or("before 1970")?;
    Ok(Given { certificate: issued.certificate, issuer: ca.certificate().to_vec(), logs, now })
}
