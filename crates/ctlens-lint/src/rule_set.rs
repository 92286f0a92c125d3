use crate::rule::Rule;
use crate::rules::BASELINE_REQUIREMENTS;
use crate::status::Status;
use crate::subject::Subject;
use ctlens_x509::{Tbs, UnixSeconds};

/// Rules that belong together, and the revision of the documents that they were written after.
#[derive(Debug)]
#[non_exhaustive]
pub struct RuleSet {
    /// Its name.
    pub name: &'static str,
    /// The version of the document.
    pub revision: &'static str,
    /// The rules.
    pub rules: &'static [Rule],
}

impl RuleSet {
    /// The TLS Baseline Requirements of the CA/Browser Forum, with what they take over from RFC 5280.
    pub const BASELINE_REQUIREMENTS: &'static Self =
        &Self { name: "cabf-br", revision: "2.2.6", rules: BASELINE_REQUIREMENTS };

    /// The rule of a name.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&'static Rule> {
        self.rules.iter().find(|rule| rule.id.as_str() == id)
    }

    /// What each rule says about a certificate, with the rules that held when its validity began.
    ///
    /// Lazy: a rule runs when its item is asked for. Nothing is allocated but for what is found.
    pub fn check<'a>(&self, tbs: &'a Tbs<'a>) -> impl Iterator<Item = (&'static Rule, Status)> + use<'a> {
        self.run(tbs, None)
    }

    /// What each rule would say about a certificate like this one whose validity begins at `at`: which certificates of
    /// today break on a day to come.
    pub fn check_as_of<'a>(
        &self,
        tbs: &'a Tbs<'a>,
        at: UnixSeconds,
    ) -> impl Iterator<Item = (&'static Rule, Status)> + use<'a> {
        self.run(tbs, Some(at))
    }

    fn run<'a>(
        &self,
        tbs: &'a Tbs<'a>,
        as_of: Option<UnixSeconds>,
    ) -> impl Iterator<Item = (&'static Rule, Status)> + use<'a> {
        let subject = Subject::new(tbs);
        self.rules.iter().map(move |rule| (rule, rule.status(&subject, as_of)))
    }
}
