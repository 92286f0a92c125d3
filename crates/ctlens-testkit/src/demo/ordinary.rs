//! The ordinary issuance of the demonstration: invented CAs, invented names.

use crate::authority::Ca;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::der::unix_seconds;
use crate::key::Key;
use crate::name::Name;
use crate::rng::Rng;

/// An authority and how it issues.
pub(super) struct Issuer {
    pub(super) ca: Ca,
    /// Its share of the issuance, in hundredths.
    share: u64,
    /// How long its certificates are valid, in days.
    days: i64,
    organization_validated: bool,
}

/// The CAs of the demonstration. Their names are stand-ins: no such organisation is meant.
pub(super) fn issuers(seed: u64) -> Vec<Issuer> {
    let kinds: [(&str, &str, u64, i64, bool); 6] = [
        ("Let's Stand In", "LSI R1", 35, 90, false),
        ("Let's Stand In", "LSI E1", 22, 90, false),
        ("Sample Trust Services", "STS W1", 18, 90, false),
        ("Placeholder CA Limited", "Placeholder DV Server CA", 12, 365, false),
        ("Model Certificates Inc", "Model DV TLS CA", 6, 397, false),
        ("Model Certificates Inc", "Model OV TLS CA", 7, 397, true),
    ];
    kinds
        .into_iter()
        .enumerate()
        .map(|(number, (organization, common_name, share, days, organization_validated))| {
            let ca = authority(seed, "US", organization, &format!("{organization} Root"), common_name);
            Issuer { ca: ca.with_host(&format!("ca{number}.example")), share, days, organization_validated }
        })
        .collect()
}

/// A root and an issuing authority below it, with keys of the seed.
pub(super) fn authority(seed: u64, country: &str, organization: &str, root: &str, common_name: &str) -> Ca {
    let name = |common_name| Name::new().country(country).organization(organization).common_name(common_name);
    let key = |common_name| Key::new(seed, &format!("CA {organization}, {common_name}")).with_quick_nonces();
    let root = Ca::root(key(root), &name(root), unix_seconds(2015, 1, 1, 0, 0, 0), unix_seconds(2040, 1, 1, 0, 0, 0));
    let (from, to) = (unix_seconds(2020, 11, 25, 12, 37, 10), unix_seconds(2030, 11, 25, 12, 37, 10));
    root.intermediate(key(common_name), &name(common_name), from, to)
}

/// The `number`-th ordinary certificate, issued at `issued` (Unix seconds): everything else follows from the seed.
pub(super) fn certificate(seed: u64, number: usize, issued: i64, issuers: &[Issuer]) -> (&Ca, CertificateBuilder) {
    let mut rng = Rng::new(seed, &format!("certificate {number}"));
    let issuer = pick_issuer(&mut rng, issuers);
    let spki =
        if rng.chance(350) { rsa_spki(&mut rng) } else { Key::quick_spki(seed, &format!("certificate {number}")) };
    let (names, addresses) = identifiers(&mut rng, number);
    let not_before = issued - 3_600;
    let mut builder = if issuer.organization_validated {
        CertificateBuilder::leaf_with_policy(&spki, "2.23.140.1.2.2")
    } else {
        CertificateBuilder::leaf(&spki)
    };
    builder = builder.serial(&serial(&mut rng)).validity(not_before, not_before + issuer.days * 86_400 - 1);
    let common_name = names.first().filter(|name| name.len() <= 64);
    if let Some(common_name) = common_name {
        if issuer.organization_validated {
            let organization = format!("Ordinary Company {number} Ltd");
            let subject = Name::new().country("US").state("Ohio").locality("Exampleville").organization(&organization);
            builder = builder.subject(&subject.common_name(common_name));
        } else if rng.chance(700) {
            builder = builder.subject(&Name::new().common_name(common_name));
        }
    }
    builder = names.iter().fold(builder, CertificateBuilder::dns);
    (&issuer.ca, addresses.iter().fold(builder, CertificateBuilder::ip))
}

fn pick_issuer<'a>(rng: &mut Rng, issuers: &'a [Issuer]) -> &'a Issuer {
    let mut draw = rng.below(issuers.iter().map(|issuer| issuer.share).sum());
    for issuer in issuers {
        if draw < issuer.share {
            return issuer;
        }
        draw -= issuer.share;
    }
    unreachable!("the draw is below the sum of the shares")
}

/// 18 octets, as one of the largest CAs has, or 16 of which the first is not 0; both positive.
fn serial(rng: &mut Rng) -> Vec<u8> {
    if rng.chance(600) {
        [&[3 + rng.octet() % 4], &rng.octets::<17>()[..]].concat()
    } else {
        [&[1 + rng.octet() % 0x7f], &rng.octets::<15>()[..]].concat()
    }
}

/// Near the owner's names and addresses, but not them.
const NEAR_NAMES: [&str; 6] = [
    "notresolver.example.com",
    "resolver-example.example.com",
    "resolver.example.com.mirror-list.example",
    "one.one-example.example.com",
    "one.one.example.com.cache-host.example",
    "1-1-1-1.dotted-digits.example",
];

/// Near the owner's addresses, but not them, and not in the networks around them.
const NEAR_ADDRESSES: [&[u8]; 6] = [
    &[11, 1, 1, 1],
    &[1, 1, 11, 1],
    &[1, 2, 1, 1],
    &[101, 1, 1, 1],
    &[0x26, 0x06, 0x47, 0x01, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11],
    &[0x26, 0x06, 0x47, 0, 0x47, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11],
];

/// The dNSName and iPAddress entries: three on average, one certificate in 67 with addresses.
fn identifiers(rng: &mut Rng, number: usize) -> (Vec<String>, Vec<Vec<u8>>) {
    if let Some(name) = NEAR_NAMES.get(number) {
        return (vec![(*name).to_owned()], vec![NEAR_ADDRESSES[number].to_vec()]);
    }
    let domain = domain(rng);
    let names = match rng.below(100) {
        0..35 => vec![domain.clone(), format!("www.{domain}")],
        35..50 => vec![format!("{}.{domain}", rng.pick(&HOSTS))],
        50..65 => vec![domain.clone(), format!("*.{domain}")],
        65..80 => vec![domain.clone(), format!("www.{domain}"), format!("mail.{domain}")],
        80..95 => {
            let first = rng.below(8);
            let hosts = HOSTS.iter().cycle().skip(usize::try_from(first).expect("below 8"));
            let more = 3 + usize::try_from(rng.below(5)).expect("below 5");
            let mut names = vec![domain.clone()];
            names.extend(hosts.take(more).map(|host| format!("{host}.{domain}")));
            names
        }
        _ => (0..5 + rng.below(20)).map(|_| self::domain(rng)).collect(),
    };
    let addresses = if rng.chance(15) { (0..=rng.below(2)).map(|_| address(rng)).collect() } else { Vec::new() };
    (names, addresses)
}

fn domain(rng: &mut Rng) -> String {
    if rng.chance(20) {
        return format!("{}.{}-sites.example", rng.pick(&IDN_LABELS), rng.pick(&SECOND));
    }
    let (first, second) = (*rng.pick(&FIRST), *rng.pick(&SECOND));
    match rng.below(4) {
        0 => format!("{first}-{second}.example"),
        1 => format!("{first}-{second}{}.example", rng.below(10_000)),
        2 => format!("{}.{first}-{second}.example", rng.pick(&HOSTS)),
        _ => format!("{second}{}.{first}-hosting.example", rng.below(100_000)),
    }
}

/// An address in a network that IANA has given out; whose it is does not matter here, and nobody is meant.
fn address(rng: &mut Rng) -> Vec<u8> {
    if rng.chance(300) {
        let network: [u8; 2] = *rng.pick(&[[0x2a, 0x00], [0x2a, 0x02], [0x2a, 0x0a], [0x24, 0x0e], [0x28, 0x04]]);
        [&network[..], &rng.octets::<14>()].concat()
    } else {
        let network = *rng.pick(&[5, 23, 31, 45, 62, 77, 81, 91, 103, 133, 151, 163, 178, 185, 212]);
        [&[network], &rng.octets::<3>()[..]].concat()
    }
}

const FIRST: [&str; 40] = [
    "amber", "autumn", "azure", "bitter", "bold", "brisk", "calm", "cedar", "clever", "coastal", "copper", "crimson",
    "distant", "eager", "early", "fallen", "frosty", "gentle", "golden", "green", "hidden", "hollow", "ivory", "jolly",
    "late", "lively", "lunar", "mellow", "northern", "olive", "patient", "plain", "quiet", "rapid", "rustic", "silver",
    "solar", "steady", "velvet", "winter",
];

const SECOND: [&str; 40] = [
    "anchor", "bakery", "barn", "bay", "bridge", "brook", "canyon", "castle", "clinic", "cloud", "creek", "dental",
    "falls", "farm", "field", "forest", "garden", "grove", "harbor", "hill", "hotel", "island", "kitchen", "lake",
    "lamp", "library", "market", "meadow", "mill", "motors", "orchard", "press", "ridge", "river", "school", "shop",
    "studio", "tower", "valley", "works",
];

const HOSTS: [&str; 16] = [
    "www",
    "mail",
    "api",
    "cdn",
    "shop",
    "blog",
    "dev",
    "staging",
    "vpn",
    "portal",
    "autodiscover",
    "cpanel",
    "webmail",
    "admin",
    "static",
    "app",
];

/// A-labels: münchen, bücher, café, españa, россия, 中国, 日本, ελλάδα.
const IDN_LABELS: [&str; 8] = [
    "xn--mnchen-3ya",
    "xn--bcher-kva",
    "xn--caf-dma",
    "xn--espaa-rta",
    "xn--h1alffa9f",
    "xn--fiqs8s",
    "xn--wgv71a",
    "xn--hxakic4aa",
];

/// A SubjectPublicKeyInfo with a modulus of 2,048 bits that nobody chose as a product of two primes: it has no factor
/// below 752 (BR 6.1.6), and that is all that is known about it. It signs nothing here.
fn rsa_spki(rng: &mut Rng) -> Vec<u8> {
    let modulus = loop {
        let mut modulus = rng.octets::<256>();
        modulus[0] |= 0x80;
        modulus[255] |= 1;
        if small_primes().all(|prime| remainder(&modulus, prime) != 0) {
            break modulus;
        }
    };
    let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
    let key = der::sequence(&[der::unsigned_integer(&modulus), der::unsigned_integer(&[1, 0, 1])]);
    der::sequence(&[algorithm, der::bit_string(&key)])
}

fn small_primes() -> impl Iterator<Item = u64> {
    const SIEVE: [bool; 752] = sieve();
    (3..752).filter(|&number| SIEVE[number]).map(|number| number as u64)
}

const fn sieve() -> [bool; 752] {
    let mut prime = [true; 752];
    let mut factor = 2;
    while factor * factor < 752 {
        let mut multiple = factor * factor;
        while multiple < 752 {
            prime[multiple] = false;
            multiple += factor;
        }
        factor += 1;
    }
    prime
}

fn remainder(number: &[u8; 256], divisor: u64) -> u64 {
    number.chunks_exact(4).fold(0, |remainder, word| {
        let word = u32::from_be_bytes(word.try_into().expect("four octets"));
        (remainder << 32 | u64::from(word)) % divisor
    })
}
