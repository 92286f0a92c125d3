use ctlens_testkit::Rng;
use std::fmt::Display;

/// Distinct names for a watch list: two in three a registered domain, the others hosts, three below a domain.
#[must_use]
pub fn watched_names(count: usize) -> Vec<String> {
    let mut rng = Rng::new(1, "watched names");
    let mut names = Vec::with_capacity(count + 3);
    for number in 0.. {
        if names.len() >= count {
            break;
        }
        let domain = format!("{}{}{number}.{}", rng.pick(&WORDS), rng.pick(&WORDS), top_level_domain(&mut rng));
        if number % 7 == 0 {
            let first = usize::try_from(rng.below(HOSTS.len() as u64 - 2)).unwrap_or(0);
            names.extend(HOSTS[first..first + 3].iter().map(|host| format!("{host}.{domain}")));
        } else {
            names.push(domain);
        }
    }
    names.truncate(count);
    names
}

/// dNSNames as certificates have them: one in a thousand is a watched name or lies below one, one in a hundred shares all
/// labels but the first with a watched name, all others are of domains that nobody watches.
#[must_use]
pub fn presented_names(count: usize, watched: &[String]) -> Vec<String> {
    let mut rng = Rng::new(1, "presented names");
    (0..count)
        .map(|_| match rng.below(1_000) {
            0 => match rng.below(3) {
                0 => format!("{}.{}", rng.pick(&HOSTS), rng.pick(watched)),
                _ => rng.pick(watched).clone(),
            },
            1..=10 => {
                let (_, behind) = rng.pick(watched).split_once('.').unwrap_or_default();
                format!("other-{}.{behind}", rng.pick(&HOSTS))
            }
            _ => unwatched_name(&mut rng),
        })
        .collect()
}

/// The hyphen makes it a name that is not watched.
fn unwatched_name(rng: &mut Rng) -> String {
    let number = rng.below(2_000_000);
    let domain = match rng.below(3) {
        0 => format!("{}-{}.{}", rng.pick(&WORDS), rng.pick(&WORDS), top_level_domain(rng)),
        1 => format!("{}-{}{number}.{}", rng.pick(&WORDS), rng.pick(&WORDS), top_level_domain(rng)),
        _ => format!("{}-{number}.{}", rng.pick(&WORDS), top_level_domain(rng)),
    };
    match rng.below(100) {
        0..30 => domain,
        30..55 => format!("www.{domain}"),
        55..75 => format!("*.{domain}"),
        75..95 => format!("{}.{domain}", rng.pick(&HOSTS)),
        _ => format!("{}.{}.{domain}", rng.pick(&HOSTS), rng.pick(&WORDS)),
    }
}

fn top_level_domain(rng: &mut Rng) -> impl Display {
    if rng.below(2) == 0 { &"com" } else { rng.pick(&TOP_LEVEL_DOMAINS) }
}

/// `example` is that of the testkit's demonstration log.
const TOP_LEVEL_DOMAINS: [&str; 24] = [
    "net", "org", "de", "co.uk", "nl", "fr", "com.br", "it", "ru", "pl", "com.au", "io", "ch", "eu", "in", "ca", "cz",
    "dev", "app", "online", "shop", "info", "se", "example",
];

const WORDS: [&str; 48] = [
    "amber", "anchor", "autumn", "bakery", "bay", "bridge", "brook", "calm", "castle", "cedar", "clinic", "cloud",
    "copper", "creek", "data", "dental", "early", "farm", "field", "forest", "garden", "golden", "green", "grove",
    "harbor", "hill", "hotel", "island", "kitchen", "lake", "library", "market", "meadow", "mill", "motors", "north",
    "orchard", "press", "quiet", "ridge", "river", "school", "silver", "solar", "studio", "tower", "valley", "winter",
];

const HOSTS: [&str; 16] = [
    "api",
    "app",
    "autodiscover",
    "blog",
    "cdn",
    "cpanel",
    "dev",
    "mail",
    "portal",
    "remote",
    "shop",
    "staging",
    "static",
    "vpn",
    "webmail",
    "www",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn one_presented_name_in_a_thousand_is_watched() {
        let watched = watched_names(10_000);
        let set: HashSet<&str> = watched.iter().map(String::as_str).collect();
        assert_eq!(set.len(), 10_000);
        let is_watched = |name: &String| {
            let parents = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
            std::iter::once(&name[..]).chain(parents).any(|name| set.contains(name))
        };
        let hits = presented_names(100_000, &watched).iter().filter(|name| is_watched(name)).count();
        assert!((70..130).contains(&hits), "{hits}");
    }
}
