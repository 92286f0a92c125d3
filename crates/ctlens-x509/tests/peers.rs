//! The same fields as x509-cert and x509-parser read them, over all certificates of the corpus.
//!
//! x509-cert writes anew what it read, so that its octets are an independent statement of what was there. Where a peer refuses
//! a certificate or a field, there is nothing to compare; how often that happens is printed.

use ctlens_testkit::{Corpus, KnownDifference, Tally, der, read_certificate};
use ctlens_x509::{AuthorityKeyIdentifier, Certificate, DistributionPoint, Error, GeneralName, Oid, Undecodable};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write as _};

const FOLDERS: [&str; 8] = [
    "sct/certs",
    "sct/issuers",
    "sct/edge",
    "sct/pairs",
    "sct/psc_real",
    "policy/certs",
    "policy/pkilint",
    "policy/fina/replay",
];

/// The fields by name; `None` where a field cannot be read.
type Fields = BTreeMap<&'static str, Option<String>>;

/// All certificates of the corpus, by name.
fn certificates(corpus: &Corpus) -> Vec<(String, Vec<u8>)> {
    let files = FOLDERS.iter().flat_map(|folder| corpus.files(folder));
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension != "json"));
    let mut all: Vec<_> =
        files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read_certificate(&path))).collect();
    if let Some(text) = corpus.read_text("san/synthetic_certs.json") {
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        let octet = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        all.extend(
            json.into_iter().map(|(id, hex)| (id, hex.as_str().unwrap().as_bytes().chunks(2).map(octet).collect())),
        );
    }
    all
}

fn compare(peer: &str, theirs: fn(&[u8]) -> Option<Fields>, listed: &'static [KnownDifference]) {
    let Some(corpus) = Corpus::open() else { return };
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut refused, mut fields_refused) = (0, BTreeMap::<&str, u32>::new());
    let certificates = certificates(&corpus);
    for (file, der) in &certificates {
        let Ok(certificate) = Certificate::from_der(der) else {
            assert!(theirs(der).is_none(), "{peer} reads {file}");
            continue;
        };
        let Some(theirs) = theirs(der) else {
            refused += 1;
            continue;
        };
        let ours = ours(certificate);
        for (field, oracle) in theirs {
            let Some(oracle) = oracle else {
                *fields_refused.entry(field).or_default() += 1;
                continue;
            };
            let tally = tallies.entry(field).or_insert_with(|| Tally::new(&format!("{peer}: {field}"), listed));
            tally.compare(&format!("{field} {file}"), Some(oracle), ours[field].clone());
        }
    }
    println!("{peer}: {} certificates, {refused} refused; fields refused: {fields_refused:?}", certificates.len());
    tallies.into_values().for_each(Tally::finish);
}

/// A certificate without anomalies is DER: x509-cert reads it and writes the same octets.
#[test]
fn without_anomalies_it_is_der() {
    use x509_cert::der::{Decode, Encode};
    const LISTED: &[KnownDifference] = &[];
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("x509-cert 0.3: certificates without anomalies", LISTED);
    let mut with = (0, 0);
    for (file, der) in certificates(&corpus) {
        let again = x509_cert::Certificate::from_der(&der).and_then(|certificate| certificate.to_der());
        let same = again.is_ok_and(|again| again == der);
        match Certificate::from_der(&der) {
            Ok(certificate) if certificate.anomalies().next().is_none() => {
                tally.case(&file, same, || "other octets, or none".to_owned());
            }
            _ if same => with.0 += 1,
            _ => with.1 += 1,
        }
    }
    println!(
        "with anomalies: {} that x509-cert writes the same, {} that it refuses or writes otherwise",
        with.0, with.1
    );
    tally.finish();
}

fn ours(certificate: Certificate<'_>) -> Fields {
    let tbs = *certificate.tbs();
    let spki = tbs.spki();
    let validity = tbs.validity().map(|validity| (validity.not_before.0, validity.not_after.0));
    let rsa = spki.rsa_modulus().and_then(|modulus| Ok(modulus.zip(spki.rsa_exponent()?)));
    let subject = tbs.subject().attributes().map(|attribute| {
        let attribute = attribute.map_err(|damage| damage.error)?;
        Ok(format!("{}={}", attribute.oid, attribute.text().map_or_else(|_| hex(attribute.value), Into::into)))
    });
    let extensions = tbs.extensions().map(|extension| {
        extension
            .map(|found| format!("{} {} {}", found.oid, found.critical, hex(found.value)))
            .map_err(|damage| damage.error)
    });
    let has_san = tbs.extension(Oid::SUBJECT_ALT_NAME).map(|san| san.map(|_| tbs.names()));
    Fields::from([
        ("version", text(tbs.version())),
        ("serial", Some(hex(tbs.serial()))),
        ("inner algorithm", text(tbs.signature_algorithm_oid())),
        ("outer algorithm", text(certificate.signature_algorithm_oid())),
        ("signature", Some(hex(certificate.signature_bits()))),
        ("issuer", Some(hex(tbs.issuer().as_bytes()))),
        ("subject", Some(hex(tbs.subject().as_bytes()))),
        ("subject text", list(subject)),
        ("validity", shown(validity)),
        ("public key", Some(hex(spki.as_bytes()))),
        ("key algorithm", text(spki.algorithm())),
        ("curve", spki.curve().ok().map(|curve| curve.map_or("none".into(), |curve| curve.to_string()))),
        ("RSA numbers", shown(rsa.map(|rsa| rsa.map(|(modulus, exponent)| (hex(modulus), hex(exponent)))))),
        ("RSA bits", shown(spki.rsa_modulus_bits())),
        (
            "unique ids",
            shown(
                tbs.issuer_unique_id().and_then(|issuer| Ok([issuer, tbs.subject_unique_id()?].map(|id| id.map(hex)))),
            ),
        ),
        ("extensions", list(extensions)),
        ("subject alternative names", of(has_san, names)),
        ("issuer alternative names", of(tbs.issuer_alt_names(), names)),
        (
            "basic constraints",
            of(tbs.basic_constraints(), |found| Some(format!("{} {:?}", found.ca, found.path_length))),
        ),
        ("key usage", of(tbs.key_usage(), |found| Some(format!("{:032b}", found.bits())))),
        ("extended key usage", of(tbs.extended_key_usage(), list)),
        (
            "purposes in no order",
            of(tbs.extended_key_usage(), |found| {
                let all: Result<BTreeSet<String>, Error> = found.map(|oid| oid.map(|oid| oid.to_string())).collect();
                all.ok().map(|all| format!("{all:?}"))
            }),
        ),
        ("subject key identifier", of(tbs.subject_key_identifier(), |found| Some(hex(found)))),
        ("authority key identifier", of(tbs.authority_key_identifier(), authority)),
        (
            "name constraints",
            of(tbs.name_constraints(), |found| {
                Some(format!("permitted {} excluded {}", names(found.permitted())?, names(found.excluded())?))
            }),
        ),
        (
            "policies",
            of(tbs.certificate_policies(), |found| {
                list(found.map(|policy| {
                    let policy = policy?;
                    let qualifiers =
                        list(policy.qualifiers().map(|qualifier| {
                            qualifier.map(|(kind, value)| format!("{kind} {}", hex(value.as_bytes())))
                        }));
                    Ok(format!("{} {}", policy.oid, qualifiers.unwrap_or_default()))
                }))
            }),
        ),
        (
            "information access",
            of(tbs.authority_info_access(), |found| {
                list(found.map(|access| access.map(|access| format!("{} {}", access.method, name(&access.location)))))
            }),
        ),
        (
            "full names of CRLs",
            of(tbs.crl_distribution_points(), |found| {
                list(found.map(|point| point.map(|point| full_names(&point).unwrap_or_default())))
            }),
        ),
        (
            "distribution points",
            of(tbs.crl_distribution_points(), |found| {
                list(found.map(|point| {
                    let point = point?;
                    let reasons = point.reasons.map(hex);
                    let full = names(point.full_name()).unwrap_or_default();
                    Ok(format!("{full} {reasons:?} {}", names(point.crl_issuer()).unwrap_or_default()))
                }))
            }),
        ),
    ])
}

fn full_names(point: &DistributionPoint<'_>) -> Option<String> {
    Some(format!("{} {}", names(point.full_name())?, names(point.crl_issuer())?))
}

fn authority(found: AuthorityKeyIdentifier<'_>) -> Option<String> {
    Some(format!("{:?} {} {:?}", found.key_identifier.map(hex), names(found.issuer())?, found.serial.map(hex)))
}

fn text<T: ToString>(value: Result<T, Error>) -> Option<String> {
    value.ok().map(|value| value.to_string())
}

fn shown<T: Debug>(value: Result<T, Error>) -> Option<String> {
    value.ok().map(|value| format!("{value:?}"))
}

/// What is said of an extension, where it is there.
fn of<T>(value: Result<Option<T>, Error>, say: impl FnOnce(T) -> Option<String>) -> Option<String> {
    value.ok()?.map_or(Some("none".into()), say)
}

fn list<T: ToString>(items: impl Iterator<Item = Result<T, Error>>) -> Option<String> {
    let items: Result<Vec<String>, Error> = items.map(|item| item.map(|item| item.to_string())).collect();
    items.ok().map(|items| format!("[{}]", items.join(", ")))
}

fn names<'a>(items: impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>>) -> Option<String> {
    list(items.map(|item| item.map(|found| name(&found)).map_err(|damage| damage.error)))
}

fn name(name: &GeneralName<'_>) -> String {
    hex(&der::tlv(name.tag, name.value))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

mod x509_cert_0_3 {
    use super::{Fields, hex};
    use x509_cert::certificate::{CertificateInner, TbsCertificateInner};
    use x509_cert::der::{Decode, Encode, oid::AssociatedOid};
    use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
    use x509_cert::ext::pkix::{
        AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
        CrlDistributionPoints, ExtendedKeyUsage, IssuerAltName, KeyUsage, NameConstraints, SubjectAltName,
        SubjectKeyIdentifier,
    };
    use x509_cert::{Certificate, spki};

    pub(super) fn fields(octets: &[u8]) -> Option<Fields> {
        let certificate: CertificateInner = Certificate::from_der(octets).ok()?;
        let tbs = certificate.tbs_certificate();
        let spki = tbs.subject_public_key_info();
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs() as i64;
        let validity = (seconds(&tbs.validity().not_before), seconds(&tbs.validity().not_after));
        let unique = [tbs.issuer_unique_id(), tbs.subject_unique_id()]
            .map(|id| id.as_ref().map(|id| hex(&[&[id.unused_bits()], id.raw_bytes()].concat())));
        let extensions = tbs.extensions().into_iter().flatten().map(|extension| {
            format!("{} {} {}", extension.extn_id, extension.critical, hex(extension.extn_value.as_bytes()))
        });
        let signature = certificate.signature();
        Some(Fields::from([
            ("version", Some((tbs.version() as u8 + 1).to_string())),
            ("serial", tbs.serial_number().to_der().ok().map(|serial| hex(&serial[2..]))),
            ("inner algorithm", Some(tbs.signature().oid.to_string())),
            ("outer algorithm", Some(certificate.signature_algorithm().oid.to_string())),
            ("signature", Some(hex(&[&[signature.unused_bits()], signature.raw_bytes()].concat()))),
            ("issuer", tbs.issuer().to_der().ok().map(|name| hex(&name))),
            ("subject", tbs.subject().to_der().ok().map(|name| hex(&name))),
            ("validity", Some(format!("{validity:?}"))),
            ("public key", spki.to_der().ok().map(|spki| hex(&spki))),
            ("key algorithm", Some(spki.algorithm.oid.to_string())),
            ("curve", curve(spki)),
            ("unique ids", Some(format!("{unique:?}"))),
            ("extensions", Some(list(extensions))),
            ("subject alternative names", of(tbs, |found: SubjectAltName| names(&found.0))),
            ("issuer alternative names", of(tbs, |found: IssuerAltName| names(&found.0))),
            (
                "basic constraints",
                of(tbs, |found: BasicConstraints| Some(format!("{} {:?}", found.ca, found.path_len_constraint))),
            ),
            (
                "key usage",
                of(tbs, |found: KeyUsage| Some(format!("{:032b}", u32::from(found.0.bits()).reverse_bits()))),
            ),
            (
                "extended key usage",
                of(tbs, |found: ExtendedKeyUsage| Some(list(found.0.iter().map(ToString::to_string)))),
            ),
            ("subject key identifier", of(tbs, |found: SubjectKeyIdentifier| Some(hex(found.0.as_bytes())))),
            (
                "authority key identifier",
                of(tbs, |found: AuthorityKeyIdentifier| {
                    let identifier = found.key_identifier.map(|identifier| hex(identifier.as_bytes()));
                    let serial = found.authority_cert_serial_number.map(|serial| hex(&serial.to_der().unwrap()[2..]));
                    Some(format!(
                        "{identifier:?} {} {serial:?}",
                        names(&found.authority_cert_issuer.unwrap_or_default())?
                    ))
                }),
            ),
            (
                "name constraints",
                of(tbs, |found: NameConstraints| {
                    let bases = |subtrees: Option<Vec<x509_cert::ext::pkix::constraints::name::GeneralSubtree>>| {
                        names(&subtrees.unwrap_or_default().into_iter().map(|subtree| subtree.base).collect::<Vec<_>>())
                    };
                    Some(format!(
                        "permitted {} excluded {}",
                        bases(found.permitted_subtrees)?,
                        bases(found.excluded_subtrees)?
                    ))
                }),
            ),
            (
                "policies",
                of(tbs, |found: CertificatePolicies| {
                    Some(list(found.0.iter().map(|policy| {
                        let qualifiers = policy.policy_qualifiers.iter().flatten().map(|qualifier| {
                            let value =
                                qualifier.qualifier.as_ref().map(|value| value.to_der().unwrap()).unwrap_or_default();
                            format!("{} {}", qualifier.policy_qualifier_id, hex(&value))
                        });
                        format!("{} {}", policy.policy_identifier, list(qualifiers))
                    })))
                }),
            ),
            (
                "information access",
                of(tbs, |found: AuthorityInfoAccessSyntax| {
                    let accesses = found
                        .0
                        .iter()
                        .map(|access| Some(format!("{} {}", access.access_method, name(&access.access_location)?)));
                    accesses.collect::<Option<Vec<_>>>().map(|accesses| list(accesses.into_iter()))
                }),
            ),
            (
                "distribution points",
                of(tbs, |found: CrlDistributionPoints| {
                    let points = found.0.iter().map(|point| {
                        let full = match &point.distribution_point {
                            Some(DistributionPointName::FullName(full)) => full.clone(),
                            _ => Vec::new(),
                        };
                        let reasons = point.reasons.map(|reasons| hex(&reasons.to_der().unwrap()[2..]));
                        let issuer = names(&point.crl_issuer.clone().unwrap_or_default())?;
                        Some(format!("{} {reasons:?} {issuer}", names(&full)?))
                    });
                    points.collect::<Option<Vec<_>>>().map(|points| list(points.into_iter()))
                }),
            ),
        ]))
    }

    fn curve(spki: &spki::SubjectPublicKeyInfoOwned) -> Option<String> {
        match spki.algorithm.oid.to_string().as_str() {
            "1.2.840.10045.2.1" => {
                let curve = spki.algorithm.parameters.as_ref()?.decode_as::<x509_cert::der::oid::ObjectIdentifier>();
                curve.ok().map(|oid| oid.to_string())
            }
            _ => Some("none".into()),
        }
    }

    fn of<T: AssociatedOid + for<'a> Decode<'a>>(
        tbs: &TbsCertificateInner,
        say: impl FnOnce(T) -> Option<String>,
    ) -> Option<String> {
        tbs.get_extension::<T>().ok()?.map_or(Some("none".into()), |(_, value)| say(value))
    }

    fn names(names: &[GeneralName]) -> Option<String> {
        names.iter().map(name).collect::<Option<Vec<_>>>().map(|names| list(names.into_iter()))
    }

    fn name(name: &GeneralName) -> Option<String> {
        name.to_der().ok().map(|name| hex(&name))
    }

    fn list(items: impl Iterator<Item = String>) -> String {
        format!("[{}]", items.collect::<Vec<_>>().join(", "))
    }
}

mod x509_parser_0_18 {
    use super::{Fields, der, hex};
    use x509_parser::extensions::{DistributionPointName, ExtendedKeyUsage, GeneralName, ParsedExtension};
    use x509_parser::prelude::{FromDer, TbsCertificate, X509Certificate};
    use x509_parser::public_key::PublicKey;
    use x509_parser::x509::{AlgorithmIdentifier, X509Name};

    pub(super) fn fields(octets: &[u8]) -> Option<Fields> {
        let (_, certificate) = X509Certificate::from_der(octets).ok()?;
        let tbs = &certificate.tbs_certificate;
        let bits = |unused: u8, octets: &[u8]| hex(&[&[unused], octets].concat());
        let unique =
            [&tbs.issuer_uid, &tbs.subject_uid].map(|id| id.as_ref().map(|id| bits(id.0.unused_bits, &id.0.data)));
        let extensions = tbs
            .extensions()
            .iter()
            .map(|extension| format!("{} {} {}", extension.oid, extension.critical, hex(extension.value)));
        let validity = (tbs.validity.not_before.timestamp(), tbs.validity.not_after.timestamp());
        let signature = &certificate.signature_value;
        Some(Fields::from([
            ("version", Some((tbs.version.0 + 1).to_string())),
            ("serial", Some(hex(tbs.raw_serial()))),
            ("inner algorithm", Some(tbs.signature.algorithm.to_string())),
            ("outer algorithm", Some(certificate.signature_algorithm.algorithm.to_string())),
            ("signature", Some(bits(signature.unused_bits, &signature.data))),
            ("issuer", whole(&tbs.issuer).map(hex)),
            ("subject", whole(&tbs.subject).map(hex)),
            ("subject text", whole(&tbs.subject).and_then(|_| text(&tbs.subject))),
            ("validity", Some(format!("{validity:?}"))),
            ("public key", Some(hex(tbs.subject_pki.raw))),
            ("key algorithm", Some(tbs.subject_pki.algorithm.algorithm.to_string())),
            ("curve", curve(&tbs.subject_pki.algorithm)),
            (
                "RSA numbers",
                match tbs.subject_pki.parsed() {
                    Ok(PublicKey::RSA(rsa)) => Some(format!("{:?}", Some((hex(rsa.modulus), hex(rsa.exponent))))),
                    Ok(_) => Some("None".into()),
                    Err(_) => None,
                },
            ),
            ("unique ids", Some(format!("{unique:?}"))),
            ("extensions", Some(list(extensions))),
            (
                "subject alternative names",
                of(tbs, "2.5.29.17", |found| match found {
                    ParsedExtension::SubjectAlternativeName(found) => names(&found.general_names),
                    _ => None,
                }),
            ),
            (
                "issuer alternative names",
                of(tbs, "2.5.29.18", |found| match found {
                    ParsedExtension::IssuerAlternativeName(found) => names(&found.general_names),
                    _ => None,
                }),
            ),
            (
                "basic constraints",
                of(tbs, "2.5.29.19", |found| match found {
                    ParsedExtension::BasicConstraints(found) => {
                        Some(format!("{} {:?}", found.ca, found.path_len_constraint))
                    }
                    _ => None,
                }),
            ),
            (
                "key usage",
                of(tbs, "2.5.29.15", |found| match found {
                    ParsedExtension::KeyUsage(found) => Some(format!("{:032b}", u32::from(found.flags).reverse_bits())),
                    _ => None,
                }),
            ),
            (
                "purposes in no order",
                of(tbs, "2.5.29.37", |found| match found {
                    ParsedExtension::ExtendedKeyUsage(found) => Some(purposes(found)),
                    _ => None,
                }),
            ),
            (
                "subject key identifier",
                of(tbs, "2.5.29.14", |found| match found {
                    ParsedExtension::SubjectKeyIdentifier(found) => Some(hex(found.0)),
                    _ => None,
                }),
            ),
            (
                "authority key identifier",
                of(tbs, "2.5.29.35", |found| match found {
                    ParsedExtension::AuthorityKeyIdentifier(found) => {
                        let identifier = found.key_identifier.as_ref().map(|identifier| hex(identifier.0));
                        let issuer = names(found.authority_cert_issuer.as_deref().unwrap_or_default())?;
                        Some(format!("{identifier:?} {issuer} {:?}", found.authority_cert_serial.map(hex)))
                    }
                    _ => None,
                }),
            ),
            (
                "name constraints",
                of(tbs, "2.5.29.30", |found| match found {
                    ParsedExtension::NameConstraints(found) => {
                        let bases = |subtrees: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
                            let bases = subtrees.iter().flatten().map(|subtree| name(&subtree.base));
                            bases.collect::<Option<Vec<_>>>().map(|bases| list(bases.into_iter()))
                        };
                        Some(format!(
                            "permitted {} excluded {}",
                            bases(&found.permitted_subtrees)?,
                            bases(&found.excluded_subtrees)?
                        ))
                    }
                    _ => None,
                }),
            ),
            (
                "policies",
                of(tbs, "2.5.29.32", |found| match found {
                    ParsedExtension::CertificatePolicies(found) => Some(list(found.iter().map(|policy| {
                        let qualifiers = policy.policy_qualifiers.iter().flatten();
                        let qualifiers =
                            qualifiers.map(|one| format!("{} {}", one.policy_qualifier_id, hex(one.qualifier)));
                        format!("{} {}", policy.policy_id, list(qualifiers))
                    }))),
                    _ => None,
                }),
            ),
            (
                "information access",
                of(tbs, "1.3.6.1.5.5.7.1.1", |found| match found {
                    ParsedExtension::AuthorityInfoAccess(found) => {
                        let accesses = found
                            .accessdescs
                            .iter()
                            .map(|access| Some(format!("{} {}", access.access_method, name(&access.access_location)?)));
                        accesses.collect::<Option<Vec<_>>>().map(|accesses| list(accesses.into_iter()))
                    }
                    _ => None,
                }),
            ),
            (
                "full names of CRLs",
                of(tbs, "2.5.29.31", |found| match found {
                    ParsedExtension::CRLDistributionPoints(found) => {
                        let points = found.points.iter().map(|point| {
                            let full = match &point.distribution_point {
                                Some(DistributionPointName::FullName(full)) => full.as_slice(),
                                _ => &[],
                            };
                            let issuer = names(point.crl_issuer.as_deref().unwrap_or_default())?;
                            Some(format!("{} {issuer}", names(full)?))
                        });
                        points.collect::<Option<Vec<_>>>().map(|points| list(points.into_iter()))
                    }
                    _ => None,
                }),
            ),
        ]))
    }

    fn of(
        tbs: &TbsCertificate<'_>,
        oid: &str,
        say: impl FnOnce(&ParsedExtension<'_>) -> Option<String>,
    ) -> Option<String> {
        let mut found = tbs.extensions().iter().filter(|extension| extension.oid.to_string() == oid);
        match (found.next(), found.next()) {
            (None, _) => Some("none".into()),
            (Some(found), None) => say(found.parsed_extension()),
            (Some(_), Some(_)) => None,
        }
    }

    fn curve(algorithm: &AlgorithmIdentifier<'_>) -> Option<String> {
        match algorithm.algorithm.to_string().as_str() {
            "1.2.840.10045.2.1" => algorithm.parameters.as_ref()?.as_oid().ok().map(|oid| oid.to_string()),
            _ => Some("none".into()),
        }
    }

    /// The octets of a name, if it was read to its end: x509-parser leaves off at the first RDN that is damaged, and says nothing.
    fn whole<'a>(name: &X509Name<'a>) -> Option<&'a [u8]> {
        let (_, element) = x509_parser::asn1_rs::Any::from_der(name.as_raw()).ok()?;
        (!element.data.is_empty() || name.as_raw() == [0x30, 0]).then_some(name.as_raw())
    }

    fn text(name: &X509Name<'_>) -> Option<String> {
        let attributes = name.iter_attributes().map(|attribute| {
            let text = attribute.as_str().ok()?;
            Some(format!("{}={text}", attribute.attr_type()))
        });
        attributes.collect::<Option<Vec<_>>>().map(|attributes| list(attributes.into_iter()))
    }

    fn purposes(found: &ExtendedKeyUsage<'_>) -> String {
        let flags = [
            (found.any, "2.5.29.37.0"),
            (found.server_auth, "1.3.6.1.5.5.7.3.1"),
            (found.client_auth, "1.3.6.1.5.5.7.3.2"),
            (found.code_signing, "1.3.6.1.5.5.7.3.3"),
            (found.email_protection, "1.3.6.1.5.5.7.3.4"),
            (found.time_stamping, "1.3.6.1.5.5.7.3.8"),
            (found.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
        ];
        let named = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, oid)| oid.to_owned());
        let all: std::collections::BTreeSet<String> =
            named.chain(found.other.iter().map(ToString::to_string)).collect();
        format!("{all:?}")
    }

    fn names(names: &[GeneralName<'_>]) -> Option<String> {
        names.iter().map(name).collect::<Option<Vec<_>>>().map(|names| list(names.into_iter()))
    }

    fn name(name: &GeneralName<'_>) -> Option<String> {
        let element = match name {
            GeneralName::OtherName(oid, rest) => der::tlv(0xa0, &[&der::tlv(0x06, oid.as_bytes())[..], rest].concat()),
            GeneralName::RFC822Name(text) => der::tlv(0x81, text.as_bytes()),
            GeneralName::DNSName(text) => der::tlv(0x82, text.as_bytes()),
            GeneralName::X400Address(any) => der::tlv(0x83 | u8::from(any.header.is_constructed()) << 5, any.data),
            GeneralName::DirectoryName(name) => der::tlv(0xa4, whole(name)?),
            GeneralName::EDIPartyName(any) => der::tlv(0x85 | u8::from(any.header.is_constructed()) << 5, any.data),
            GeneralName::URI(text) => der::tlv(0x86, text.as_bytes()),
            GeneralName::IPAddress(octets) => der::tlv(0x87, octets),
            GeneralName::RegisteredID(oid) => der::tlv(0x88, oid.as_bytes()),
            GeneralName::Invalid(..) => return None,
        };
        Some(hex(&element))
    }

    fn list(items: impl Iterator<Item = String>) -> String {
        format!("[{}]", items.collect::<Vec<_>>().join(", "))
    }
}

#[test]
fn x509_cert() {
    const LISTED: &[KnownDifference] = &[KnownDifference {
        case: "name constraints ncMinPres.pem",
        cause: "RFC 5280 §4.2.1.10: minimum is 0; what another means is not said, x509-cert leaves that to its caller",
    }];
    compare("x509-cert 0.3", x509_cert_0_3::fields, LISTED);
}

#[test]
fn x509_parser() {
    const LISTED: &[KnownDifference] = &[
        KnownDifference {
            case: "name constraints ncMinPres.pem",
            cause: "RFC 5280 §4.2.1.10: minimum is 0; what another means is not said, x509-parser passes it over",
        },
        KnownDifference {
            case: "key usage dccf0f1abbc4d31e496c0870ea17a357389b73f0c2d08ab392470dffeb5c0e70.der",
            cause: "RFC 5280 §4.2.1.3: of 25 bits x509-parser passes over those behind the sixteenth",
        },
        KnownDifference {
            case: "key usage incorrect_ku_length.pem",
            cause: "X.690 §8.1: x509-parser passes over an octet behind the BIT STRING",
        },
        KnownDifference {
            case: "RSA numbers rsassapssInSPKI.pem",
            cause: "RFC 4055 §1.2: a key under id-RSASSA-PSS is an RSAPublicKey too, which x509-parser does not know",
        },
    ];
    compare("x509-parser 0.18", x509_parser_0_18::fields, LISTED);
}
