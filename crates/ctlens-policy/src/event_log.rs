use crate::environment::Environment;
use crate::hash::Sha256Hash;
use crate::json::to_json;
use crate::text::visible;
use crate::time;
use crate::verdict::Verdict;
use ctlens_x509::UnixSeconds;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What was decided about one request, as a CA keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuanceEvent {
    /// When it was decided (in JSON: RFC 3339).
    #[serde(with = "time::seconds")]
    pub time: UnixSeconds,
    /// What the certificate was to be for.
    pub environment: Environment,
    /// Who or what asked for it: an account, an order, a person.
    pub requester: String,
    /// The names and addresses that were asked for.
    pub identifiers: Vec<String>,
    /// SHA-256 of the TBS certificate that logs sign, which findings of monitors carry too.
    pub tbs_sha256: Sha256Hash,
    /// SHA-256 of the text of the policy that was asked.
    pub policy_sha256: Sha256Hash,
    /// What it said.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The end of an event log: what a writer goes on from, and how far a reader has verified it.
///
/// An event log is a file of lines of JSON, each ended by a line feed, to which lines are only ever added. Each line carries
/// the SHA-256 of the line before it; the first names the log and its beginning. Whoever changes, removes, adds or moves a
/// line breaks the chain behind it. The last lines can be cut off, or rewritten, without breaking anything: that is found only
/// by who [knows the head](Self::head) of before, so it has to be kept, or published, elsewhere.
///
/// ```
/// # use ctlens_policy::{Environment, EventChain, IssuanceEvent, Sha256Hash, Verdict};
/// # use ctlens_x509::UnixSeconds;
/// # let event = |time| IssuanceEvent {
/// #     time: UnixSeconds(time), environment: Environment::Production, requester: "account 7".into(),
/// #     identifiers: vec!["1.1.1.1".into()], tbs_sha256: Sha256Hash([1; 32]), policy_sha256: Sha256Hash([2; 32]),
/// #     verdict: Verdict::Expected { grants: vec!["resolver-2026".into()] },
/// # };
/// let (mut chain, mut file) = EventChain::begin("issuing-ca-1", UnixSeconds(1_767_225_600));
/// file += &chain.append(&event(1_767_225_660));
/// file += &chain.append(&event(1_767_225_720));
/// let head = chain.head();
///
/// assert_eq!(EventChain::verify(file.as_bytes(), Some(&head)), Ok(chain));
/// assert!(EventChain::verify(file.replace("account 7", "account 8").as_bytes(), None).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventChain {
    log: String,
    head: EventHead,
}

/// A line of an event log, and with it all lines before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventHead {
    /// Which line, counted from 0: so many events are in the log.
    pub number: u64,
    /// SHA-256 of the line without its line feed.
    pub sha256: Sha256Hash,
}

/// What is wrong with an event log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// There is no first line.
    #[error("no line: expected one that names the log")]
    Empty,
    /// A line that is no JSON, or not of this form.
    #[error("line {number}, column {column}: {said}")]
    Json {
        /// Which line, from 0.
        number: u64,
        /// Where, in bytes from 1.
        column: usize,
        /// What the decoder says.
        said: String,
    },
    /// A line of another format.
    #[error("line {number}: schema {found:?}: expected {:?}", EventChain::FORMAT)]
    Schema {
        /// Which line, from 0.
        number: u64,
        /// The name of its format.
        found: String,
    },
    /// A line is missing, or there is one too many, or one is in another's place.
    #[error("line {number} says that it is line {found}")]
    Number {
        /// Which line, from 0.
        number: u64,
        /// Which it says.
        found: u64,
    },
    /// A line that was not written behind the line that is before it: one of the two was changed.
    #[error("line {number} follows a line with the hash {found}, but the line before it has {expected}")]
    Previous {
        /// Which line, from 0.
        number: u64,
        /// The hash that it carries.
        found: Sha256Hash,
        /// The hash of the line before it; zeros before the first.
        expected: Sha256Hash,
    },
    /// The last line has no line feed: it may not have been written to its end.
    #[error("line {number} does not end")]
    Unterminated {
        /// Which line, from 0.
        number: u64,
    },
    /// The line that the known head is about is another.
    #[error("line {number} has the hash {found}: expected {expected}")]
    Head {
        /// Which line, from 0.
        number: u64,
        /// Its hash.
        found: Sha256Hash,
        /// The hash that is known.
        expected: Sha256Hash,
    },
    /// The log ends before the line that the known head is about.
    #[error("the log ends with line {last}: line {known} was there")]
    Truncated {
        /// The last line, from 0.
        last: u64,
        /// The line that is known.
        known: u64,
    },
}

/// A line, the first one apart.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(flatten)]
    link: Link<'a>,
    #[serde(flatten)]
    event: Cow<'a, IssuanceEvent>,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Genesis<'a> {
    #[serde(flatten)]
    link: Link<'a>,
    log: Cow<'a, str>,
    #[serde(with = "time::seconds")]
    time: UnixSeconds,
}

#[derive(Serialize, Deserialize)]
struct Link<'a> {
    schema: Cow<'a, str>,
    number: u64,
    previous: Sha256Hash,
}

/// What the first line says of the line before it.
const NONE: Sha256Hash = Sha256Hash([0; 32]);

impl EventChain {
    /// The name of the format of an event log, in every line of it. Fields are only ever added to it.
    pub const FORMAT: &str = "ctlens.event/1";

    /// A new log of this name: its beginning, and its first line, with the line feed.
    #[must_use]
    pub fn begin(log: &str, time: UnixSeconds) -> (Self, String) {
        let link = Link { schema: EventChain::FORMAT.into(), number: 0, previous: NONE };
        let line = to_json(&Genesis { link, log: log.into(), time });
        let head = EventHead { number: 0, sha256: Sha256Hash::of(line.as_bytes()) };
        (Self { log: log.to_owned(), head }, line + "\n")
    }

    /// The line for an event, with the line feed, to be added to the end of the log.
    #[must_use]
    pub fn append(&mut self, event: &IssuanceEvent) -> String {
        let EventHead { number, sha256: previous } = self.head;
        let number = number.saturating_add(1);
        let link = Link { schema: EventChain::FORMAT.into(), number, previous };
        let line = to_json(&Line { link, event: Cow::Borrowed(event) });
        self.head = EventHead { number, sha256: Sha256Hash::of(line.as_bytes()) };
        line + "\n"
    }

    /// Reads a whole log, and says where it ends if every line follows the one before it. With the head of an earlier time, the
    /// log must also hold all that it held then.
    ///
    /// Without a known head, a log whose end was cut off between two lines, or whose last line was changed, is as good as any.
    ///
    /// # Errors
    ///
    /// The first line that is not as it was written, or that is missing.
    pub fn verify(log: &[u8], known: Option<&EventHead>) -> Result<Self, EventLogError> {
        let mut chain: Option<Self> = None;
        for line in log.split_inclusive(|&octet| octet == b'\n') {
            let number = chain.as_ref().map_or(0, |chain| chain.head.number.saturating_add(1));
            let line = line.strip_suffix(b"\n").ok_or(EventLogError::Unterminated { number })?;
            match &mut chain {
                None => chain = Some(Self::open(line)?),
                Some(chain) => {
                    chain.follow(line)?;
                }
            }
            let found = chain.as_ref().map(|chain| chain.head);
            if let (Some(known), Some(EventHead { sha256: found, .. })) =
                (known.filter(|known| known.number == number), found)
                && known.sha256 != found
            {
                return Err(EventLogError::Head { number, found, expected: known.sha256 });
            }
        }
        let chain = chain.ok_or(EventLogError::Empty)?;
        match known {
            Some(known) if known.number > chain.head.number => {
                Err(EventLogError::Truncated { last: chain.head.number, known: known.number })
            }
            _ => Ok(chain),
        }
    }

    /// Takes the first line of a log, without its line feed.
    ///
    /// # Errors
    ///
    /// Where it is not the first line of a log.
    pub fn open(line: &[u8]) -> Result<Self, EventLogError> {
        check_link(line, 0, NONE)?;
        let genesis: Genesis<'_> = read(line, 0)?;
        let head = EventHead { number: 0, sha256: Sha256Hash::of(line) };
        Ok(Self { log: genesis.log.into_owned(), head })
    }

    /// Takes the next line of a log, without its line feed (and with a carriage return, should there be one), and gives the
    /// event that it holds.
    ///
    /// # Errors
    ///
    /// Where it does not follow the lines so far. The chain is then as it was before.
    pub fn follow(&mut self, line: &[u8]) -> Result<IssuanceEvent, EventLogError> {
        let number = self.head.number.saturating_add(1);
        check_link(line, number, self.head.sha256)?;
        let Line { event, .. } = read(line, number)?;
        self.head = EventHead { number, sha256: Sha256Hash::of(line) };
        Ok(event.into_owned())
    }

    /// What the first line calls the log.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The last line. Kept elsewhere, it proves later that nothing was changed or cut off up to here.
    #[must_use]
    pub fn head(&self) -> EventHead {
        self.head
    }
}

fn check_link(line: &[u8], number: u64, expected: Sha256Hash) -> Result<(), EventLogError> {
    let Link { schema, number: found_number, previous: found } = read(line, number)?;
    if schema != EventChain::FORMAT {
        return Err(EventLogError::Schema { number, found: schema.into_owned() });
    }
    if found_number != number {
        return Err(EventLogError::Number { number, found: found_number });
    }
    if found != expected {
        return Err(EventLogError::Previous { number, found, expected });
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(line: &'a [u8], number: u64) -> Result<T, EventLogError> {
    serde_json::from_slice(line).map_err(|error| EventLogError::Json {
        number,
        column: error.column(),
        said: visible(&error.to_string()).into_owned(),
    })
}
