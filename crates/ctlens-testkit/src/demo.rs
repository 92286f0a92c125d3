//! The demonstration log: the incident in the midst of ordinary issuance.

mod ordinary;
mod planted;

use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::path::Path;

use crate::authority::Ca;
use crate::certificate::CertificateBuilder;
use crate::der::unix_seconds;
use crate::incident::{self, PUBLISHED, STAND_INS};
use crate::key::Key;
use crate::log_list::{ListedLog, chrome_log_list};
use crate::name::Name;
use crate::rng::Rng;
use crate::sct::{SignedEntry, TestLog, leaf_index_extension};
use crate::static_log::{LogEntry, LogFiles, StaticLog};
use crate::tree::{Hash, sha256};
use ordinary::Issuer;
pub use planted::{Planted, PlantedCertificate, PlantedKind};

/// A static-ct log with the incident of 1.1.1.1 in it, spread among ordinary issuance by date.
///
/// Twelve certificates with the iPAddress 1.1.1.1, three of them after the published facts and nine *stand-ins*
/// ([`incident`]), each as precertificate and as certificate and some logged twice. They are issued by a **stand-in**
/// CA: it bears the real issuer's distinguished name and holds a key of this crate's seed. Their dates, and everything
/// else that was not published, are invented. Besides them the log holds certificates for the same address that its
/// owner consented to, some odd encodings that concern nobody, and ordinary certificates of invented CAs.
///
/// Everything is a function of the seed.
#[derive(Clone, Debug)]
pub struct Demo {
    log: StaticLog,
    other_log: TestLog,
    owner_ca: Ca,
    incident_ca: Ca,
    planted: Planted,
}

/// How long after the precertificate the certificate is logged.
const CERTIFICATE_AFTER_MS: u64 = 20_000;

impl Demo {
    /// The seed of the demonstration that examples show.
    pub const SEED: u64 = 1_111;

    /// How many entries [`Demo::build`] makes.
    pub const ENTRIES: usize = 20_000;

    /// The fewest entries that [`Demo::of_size`] can make.
    pub const FEWEST_ENTRIES: usize = 200;

    /// The names that belong to the owner, with all below them. A CA may issue for them: names below `.example` are internal
    /// names to it (BR §4.2.2), and those below `example.com` are kept for documentation too (RFC 2606).
    pub const OWNER_NAMES: [&str; 2] = ["one.one.example.com", "resolver.example.com"];

    /// The addresses that belong to the owner.
    pub const OWNER_ADDRESSES: [&str; 3] = ["1.1.1.1", "1.0.0.1", "2606:4700:4700::1111"];

    /// When the checkpoint is signed: 2025-09-03T00:00:00Z, in Unix milliseconds.
    pub const NOW_MS: u64 = 1_756_857_600_000;

    /// The demonstration log of 20,000 entries.
    #[must_use]
    pub fn build(seed: u64) -> Self {
        Self::of_size(seed, Self::ENTRIES)
    }

    /// The same with less, or more, ordinary issuance.
    ///
    /// # Panics
    ///
    /// If `entries` is below [`Demo::FEWEST_ENTRIES`].
    #[must_use]
    pub fn of_size(seed: u64, entries: usize) -> Self {
        assert!(entries >= Self::FEWEST_ENTRIES, "{entries} entries are too few");
        let cast = Cast::new(seed);
        let schedule = Schedule::new(seed, entries, special_issuances(seed));
        let built = build_in_parallel(seed, &cast, &schedule);

        let mut placed: BTreeMap<u64, LogEntry> = BTreeMap::new();
        let mut planted = Planted::default();
        for issuance in built {
            placed.extend(issuance.entries);
            if let Some(certificate) = issuance.planted {
                match certificate.kind {
                    PlantedKind::Published(_) | PlantedKind::StandIn(_) => planted.incident.push(certificate),
                    PlantedKind::Consented => planted.consented.push(certificate),
                    PlantedKind::Odd(_) => planted.odd.push(certificate),
                }
            }
        }
        let issuers = cast.authorities().flat_map(|ca| ca.chain().to_vec()).collect::<Vec<_>>();
        let log = StaticLog::new(cast.log, placed.into_values().collect(), issuers)
            .with_temporal_interval(unix_seconds(2024, 1, 1, 0, 0, 0), unix_seconds(2027, 1, 1, 0, 0, 0));
        Self { log, other_log: cast.other_log, owner_ca: cast.owner_ca, incident_ca: cast.incident_ca, planted }
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &StaticLog {
        &self.log
    }

    /// What was planted, and where.
    #[must_use]
    pub fn planted(&self) -> &Planted {
        &self.planted
    }

    /// The owner's own CA, which may issue for the owner's names and addresses.
    #[must_use]
    pub fn owner_ca(&self) -> &Ca {
        &self.owner_ca
    }

    /// The stand-in for the CA of the incident: the real distinguished name, another key.
    #[must_use]
    pub fn incident_ca(&self) -> &Ca {
        &self.incident_ca
    }

    /// A log list (Chrome's format, version 3) with the two logs whose SCTs the certificates bear.
    #[must_use]
    pub fn log_list_json(&self) -> String {
        let since = unix_seconds(2024, 1, 1, 0, 0, 0);
        let interval = Some((since, unix_seconds(2027, 1, 1, 0, 0, 0)));
        let usable =
            |log, operator| ListedLog { temporal_interval: interval, ..ListedLog::usable(log, operator, since) };
        let logs = [usable(self.log.log(), "Demonstration"), usable(&self.other_log, "Another Operator")];
        chrome_log_list("1.0", unix_seconds(2025, 9, 3, 0, 0, 0), &logs)
    }

    /// The log's files, under a checkpoint over all entries.
    #[must_use]
    pub fn files(&self) -> LogFiles {
        self.log.files(self.log.entries().len(), Self::NOW_MS)
    }

    /// Writes the log's files below a folder.
    ///
    /// # Errors
    ///
    /// What the file system answers.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        self.files().write(folder)
    }
}

/// Who signs.
struct Cast {
    log: TestLog,
    other_log: TestLog,
    issuers: Vec<Issuer>,
    owner_ca: Ca,
    incident_ca: Ca,
}

impl Cast {
    fn new(seed: u64) -> Self {
        let [country, organization, common_name] = incident::ISSUER;
        let log = |origin| TestLog::with_key(origin, Key::new(seed, &format!("log {origin}")).with_quick_nonces());
        Self {
            log: log("demo.ct.example/2024-2026"),
            other_log: log("another.ct.example/2024-2026"),
            issuers: ordinary::issuers(seed),
            owner_ca: ordinary::authority(seed, "US", "Owner of the Resolver", "Owner's Root CA", "Owner's CA")
                .with_host("ca.resolver-owner.example"),
            incident_ca: ordinary::authority(seed, country, organization, incident::ROOT_COMMON_NAME, common_name)
                .with_host("stand-in-ca.example"),
        }
    }

    fn authorities(&self) -> impl Iterator<Item = &Ca> {
        self.issuers.iter().map(|issuer| &issuer.ca).chain([&self.owner_ca, &self.incident_ca])
    }
}

/// An issuance that is not ordinary, before it has a place in the log.
struct Special {
    kind: PlantedKind,
    serial: Vec<u8>,
    common_name: Option<String>,
    dns_names: Vec<Vec<u8>>,
    ip_addresses: Vec<Vec<u8>>,
    issued: i64,
    days: i64,
    logged_twice: LoggedTwice,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LoggedTwice {
    Nothing,
    Precertificate,
    Certificate,
    Both,
}

fn special_issuances(seed: u64) -> Vec<Special> {
    [incident_issuances(), consented_issuances(seed), odd_issuances(seed)].into_iter().flatten().collect()
}

/// When the three published certificates were issued was not published: these dates are invented. Cloudflare names
/// August 2025 as the month of the last of the twelve.
const INVENTED_DATES_OF_THE_PUBLISHED: [(i64, i64, i64); 3] = [(2025, 5, 13), (2025, 7, 8), (2025, 8, 19)];

fn incident_issuances() -> Vec<Special> {
    let special = |kind, number: u8, serial, common_name: &str, dns_names: &[&str], (year, month, day)| Special {
        kind,
        serial: serial_octets(serial),
        common_name: Some(common_name.to_owned()),
        dns_names: dns_names.iter().map(|name| name.as_bytes().to_vec()).collect(),
        ip_addresses: vec![incident::ADDRESS.to_vec()],
        issued: unix_seconds(year, month, day, 9, i64::from(number), 0),
        days: 365,
        logged_twice: match number {
            1 | 6 => LoggedTwice::Precertificate,
            3 | 9 => LoggedTwice::Certificate,
            7 => LoggedTwice::Both,
            _ => LoggedTwice::Nothing,
        },
    };
    let published = PUBLISHED
        .iter()
        .zip(INVENTED_DATES_OF_THE_PUBLISHED)
        .map(|(p, date)| special(PlantedKind::Published(p), p.number, p.serial, p.common_name, p.dns_names, date));
    let stand_ins = STAND_INS
        .iter()
        .map(|s| special(PlantedKind::StandIn(s), s.number, s.serial, s.common_name, s.dns_names, s.invented_date));
    published.chain(stand_ins).collect()
}

/// The content octets of a serial number's INTEGER: positive, so a first octet from `80` up gets a zero before it.
fn serial_octets(hex: &str) -> Vec<u8> {
    let digits = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"));
    let octets: Vec<u8> = digits.collect();
    if octets[0] & 0x80 == 0 { octets } else { [vec![0], octets].concat() }
}

/// The owner's resolver with its addresses, renewed every 80 days; its web site, renewed every 150; one certificate for
/// nothing but the address of the incident.
fn consented_issuances(seed: u64) -> Vec<Special> {
    let resolver: (&[&str], &[&str]) =
        (&["one.one.example.com", "resolver.example.com", "*.resolver.example.com"], &Demo::OWNER_ADDRESSES);
    let site: (&[&str], &[&str]) = (&["www.resolver.example.com", "docs.resolver.example.com"], &[]);
    let address: (&[&str], &[&str]) = (&[], &["1.1.1.1"]);
    let plan = [(resolver, (2024, 2, 5), 7, 80), (site, (2024, 2, 20), 4, 150), (address, (2025, 4, 2), 1, 0)];
    let mut rng = Rng::new(seed, "consented serials");
    let mut issuances = Vec::new();
    for ((names, addresses), (year, month, day), times, every_days) in plan {
        for time in 0..times {
            issuances.push(Special {
                kind: PlantedKind::Consented,
                serial: [&[0x0a], &rng.octets::<15>()[..]].concat(),
                common_name: names.first().map(|&name| name.to_owned()),
                dns_names: names.iter().map(|name| name.as_bytes().to_vec()).collect(),
                ip_addresses: addresses.iter().map(|address| address_octets(address)).collect(),
                issued: unix_seconds(year, month, day, 3, 30, 0) + time * every_days * 86_400,
                days: if every_days == 150 { 180 } else { 90 },
                logged_twice: if time == 2 { LoggedTwice::Both } else { LoggedTwice::Nothing },
            });
        }
    }
    issuances.sort_by_key(|issuance| issuance.issued);
    issuances
}

fn address_octets(text: &str) -> Vec<u8> {
    match text.parse().expect("an address") {
        std::net::IpAddr::V4(address) => address.octets().to_vec(),
        std::net::IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn odd_issuances(seed: u64) -> Vec<Special> {
    let cases: [(&'static str, &[u8], &[u8]); 6] = [
        ("an iPAddress of five octets", b"five.odd-names.example.com", &[203, 0, 113, 7, 24]),
        (
            "an iPAddress of eight octets, as if with a mask",
            b"eight.odd-names.example.com",
            &[198, 51, 100, 0, 255, 255, 255, 0],
        ),
        ("a NUL in a dNSName", b"www.foreign-bank.example\0.odd-names.example.com", &[]),
        ("a Latin-1 octet in a dNSName", b"caf\xe9.odd-names.example.com", &[]),
        ("an empty dNSName", b"", &[]),
        ("a space in a dNSName", b"not a name.example.com", &[]),
    ];
    let mut rng = Rng::new(seed, "odd serials");
    cases
        .into_iter()
        .zip(0..)
        .map(|((kind, dns_name, ip_address), number)| Special {
            kind: PlantedKind::Odd(kind),
            serial: [&[0x0b], &rng.octets::<15>()[..]].concat(),
            common_name: None,
            dns_names: vec![dns_name.to_vec()],
            ip_addresses: if ip_address.is_empty() { Vec::new() } else { vec![ip_address.to_vec()] },
            issued: unix_seconds(2024, 4, 9, 14, 5, 0) + number * 83 * 86_400,
            days: 90,
            logged_twice: LoggedTwice::Nothing,
        })
        .collect()
}

/// Which issuances there are, and the places of their entries in the log.
struct Schedule {
    /// The special ones first.
    issuances: Vec<Scheduled>,
    specials: usize,
}

struct Scheduled {
    special: Option<Special>,
    /// Of the first precertificate entry, Unix milliseconds.
    issued_ms: u64,
    precertificates: Vec<Place>,
    certificates: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    index: u64,
    timestamp_ms: u64,
}

impl Schedule {
    fn new(seed: u64, entries: usize, special: Vec<Special>) -> Self {
        let mut rng = Rng::new(seed, "schedule");
        let (start, end) = (unix_seconds(2024, 2, 1, 0, 0, 0), unix_seconds(2025, 8, 31, 0, 0, 0));
        let period_ms = milliseconds(end) - milliseconds(start);

        let specials = special.len();
        let mut issuances = Vec::new();
        // (timestamp, issuance, is it a certificate), sorted into the order of the log at the end.
        let mut events: Vec<(u64, usize, bool)> = Vec::new();
        for special in special {
            let issued_ms = milliseconds(special.issued) + rng.below(1_000);
            events.extend(events_of(issuances.len(), issued_ms, special.logged_twice));
            issuances.push(Scheduled::at(issued_ms, Some(special)));
        }
        while events.len() < entries {
            let issued_ms = milliseconds(start) + rng.below(period_ms);
            let logged_twice = match rng.below(200) {
                0 => LoggedTwice::Precertificate,
                1 => LoggedTwice::Certificate,
                _ => LoggedTwice::Nothing,
            };
            let room = entries - events.len();
            events.extend(events_of(issuances.len(), issued_ms, logged_twice).into_iter().take(room));
            issuances.push(Scheduled::at(issued_ms, None));
        }
        events.sort_unstable();
        for (index, (timestamp_ms, issuance, certificate)) in (0..).zip(events) {
            let scheduled = &mut issuances[issuance];
            let places = if certificate { &mut scheduled.certificates } else { &mut scheduled.precertificates };
            places.push(Place { index, timestamp_ms });
        }
        Self { issuances, specials }
    }
}

impl Scheduled {
    fn at(issued_ms: u64, special: Option<Special>) -> Self {
        Self { special, issued_ms, precertificates: Vec::new(), certificates: Vec::new() }
    }
}

/// The precertificate, the certificate after it, and what is submitted again a day later.
fn events_of(issuance: usize, issued_ms: u64, logged_twice: LoggedTwice) -> Vec<(u64, usize, bool)> {
    const LATER_MS: u64 = 86_400_000;
    let certificate_ms = issued_ms + CERTIFICATE_AFTER_MS;
    let mut events = vec![(issued_ms, issuance, false), (certificate_ms, issuance, true)];
    if matches!(logged_twice, LoggedTwice::Precertificate | LoggedTwice::Both) {
        events.push((issued_ms + LATER_MS, issuance, false));
    }
    if matches!(logged_twice, LoggedTwice::Certificate | LoggedTwice::Both) {
        events.push((certificate_ms + LATER_MS, issuance, true));
    }
    events
}

fn milliseconds(seconds: i64) -> u64 {
    u64::try_from(seconds).expect("after 1970") * 1_000
}

struct Built {
    entries: Vec<(u64, LogEntry)>,
    planted: Option<PlantedCertificate>,
}

/// Signs everything, on as many threads as there are cores; what comes out does not depend on how many.
fn build_in_parallel(seed: u64, cast: &Cast, schedule: &Schedule) -> Vec<Built> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let numbers: Vec<usize> = (0..schedule.issuances.len()).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = numbers
            .chunks(numbers.len().div_ceil(threads))
            .map(|chunk| scope.spawn(|| chunk.iter().map(|&number| build(seed, cast, schedule, number)).collect()))
            .collect();
        let built = workers.into_iter().map(|worker| worker.join().expect("a worker of the demonstration"));
        built.collect::<Vec<Vec<Built>>>().into_iter().flatten().collect()
    })
}

fn build(seed: u64, cast: &Cast, schedule: &Schedule, number: usize) -> Built {
    let scheduled = &schedule.issuances[number];
    let issued = i64::try_from(scheduled.issued_ms / 1_000).expect("a date");
    let (ca, builder) = match &scheduled.special {
        Some(special) => special_certificate(seed, cast, number, issued, special),
        None => ordinary::certificate(seed, number - schedule.specials, issued, &cast.issuers),
    };
    let first = scheduled.precertificates[0];
    let issued = builder.issue(ca, |entry| {
        let other_index = Rng::new(seed, &format!("other log {number}")).below(1 << 30);
        vec![
            cast.log.sign_sct(entry, first.timestamp_ms, &leaf_index_extension(first.index)),
            cast.other_log.sign_sct(entry, first.timestamp_ms + 150, &leaf_index_extension(other_index)),
        ]
    });

    let mut entries = Vec::new();
    for place in &scheduled.precertificates {
        entries.push((place.index, LogEntry::precertificate(place.index, place.timestamp_ms, &issued, ca.chain())));
    }
    for place in &scheduled.certificates {
        let certificate = issued.certificate.clone();
        entries.push((place.index, LogEntry::certificate(place.index, place.timestamp_ms, certificate, ca.chain())));
    }
    let planted = scheduled.special.as_ref().map(|special| PlantedCertificate {
        kind: special.kind,
        serial: special.serial.clone(),
        common_name: special.common_name.clone(),
        dns_names: special.dns_names.clone(),
        ip_addresses: special.ip_addresses.clone(),
        issuer_key_hash: ca.key().spki_sha256(),
        precert_tbs_sha256: tbs_sha256(&issued.precert_entry),
        precertificate_entries: scheduled.precertificates.iter().map(|place| place.index).collect(),
        certificate_entries: scheduled.certificates.iter().map(|place| place.index).collect(),
    });
    Built { entries, planted }
}

fn special_certificate<'a>(
    seed: u64,
    cast: &'a Cast,
    number: usize,
    issued: i64,
    special: &Special,
) -> (&'a Ca, CertificateBuilder) {
    let key = Key::new(seed, &format!("special {number}"));
    let organization = Name::new().country("HR").locality("Zagreb").organization("Invented Test Organisation");
    let (ca, policy, subject) = match special.kind {
        PlantedKind::Published(_) | PlantedKind::StandIn(_) => (&cast.incident_ca, "2.23.140.1.2.2", organization),
        PlantedKind::Consented => (&cast.owner_ca, "2.23.140.1.2.1", Name::new()),
        PlantedKind::Odd(_) => (&cast.issuers[3].ca, "2.23.140.1.2.1", Name::new()),
    };
    let subject = special.common_name.iter().fold(subject, |subject, name| subject.common_name(name));
    let not_before = issued - 3_600;
    let builder = CertificateBuilder::leaf_with_policy(key.spki_der(), policy)
        .serial(&special.serial)
        .validity(not_before, not_before + special.days * 86_400 - 1)
        .subject(&subject);
    let builder = special.dns_names.iter().fold(builder, CertificateBuilder::dns);
    (ca, special.ip_addresses.iter().fold(builder, CertificateBuilder::ip))
}

fn tbs_sha256(entry: &SignedEntry) -> Hash {
    match entry {
        SignedEntry::Precert { tbs, .. } => sha256(tbs),
        SignedEntry::X509(_) => unreachable!("an issuance signs a precertificate entry"),
    }
}
