//! The command line.

use lexopt::prelude::*;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
Follows a Certificate Transparency log and says which certificates in it nobody consented to.

  monitor                                          the demonstration log, built on the spot
  monitor --config FILE                            the same log, under a policy of your own
  monitor FOLDER --config FILE --log-list FILE     a static-ct log that lies in a folder; its key from a log list
  monitor FOLDER --config FILE --log-key FILE      the same, its key from a file (PEM or DER)
  monitor FOLDER --config FILE --unverified        tiles without a checkpoint: nothing is vouched for by the log

  --trust-view FILE    who trusts which issuer, and which are disallowed (TOML, or JSON in a file of that name)
  --ownership FILE     who holds which addresses, by others: the same forms
  --crl FILE           a CRL (DER or PEM), and another with each --crl: which certificates their issuers have revoked
  --format FORM        text (the report), json (JSON Lines), sarif, or markdown (a draft of an incident report); --json for short
  --help               this text

FOLDER holds what the log serves: checkpoint, tile/, and issuer/ for the certificates of issuers. FILE of --config says who
owns what and who may issue for it; the README of ctlens-policy has a first one, and the forms of the other files.

It ends with 0 where nothing was found, with 1 where something was, and with 2 where it could not do all of its work: what it
found is printed all the same. Without arguments it ends with 0 where exactly that was found which had been planted. The time by
which suppressions end is that of the log's signed tree head.
";

pub(crate) struct Options {
    pub(crate) task: Task,
    pub(crate) form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    JsonLines,
    Sarif,
    Markdown,
}

pub(crate) enum Task {
    Help,
    Demonstration,
    /// Without a log: that of the demonstration.
    Follow {
        log: Option<(PathBuf, Trust)>,
        config: PathBuf,
        facts: FactFiles,
    },
}

/// What the user knows besides.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct FactFiles {
    pub(crate) trust_view: Option<PathBuf>,
    pub(crate) ownership: Option<PathBuf>,
    pub(crate) crls: Vec<PathBuf>,
}

/// What makes the log's words its own.
pub(crate) enum Trust {
    LogList(PathBuf),
    LogKey(PathBuf),
    Nothing,
}

impl Options {
    pub(crate) fn from_env() -> Result<Self, lexopt::Error> {
        let mut parser = lexopt::Parser::from_env();
        let (mut folder, mut config, mut form, mut help) = (None, None, Form::Text, false);
        let (mut trusts, mut facts) = (Vec::new(), FactFiles::default());
        while let Some(argument) = parser.next()? {
            match argument {
                Long("config") => config = Some(PathBuf::from(parser.value()?)),
                Long("log-list") => trusts.push(Trust::LogList(parser.value()?.into())),
                Long("log-key") => trusts.push(Trust::LogKey(parser.value()?.into())),
                Long("unverified") => trusts.push(Trust::Nothing),
                Long("trust-view") => facts.trust_view = Some(parser.value()?.into()),
                Long("crl") => facts.crls.push(parser.value()?.into()),
                Long("ownership") => facts.ownership = Some(parser.value()?.into()),
                Long("format") => form = parser.value()?.parse_with(Form::named)?,
                Long("json") => form = Form::JsonLines,
                Long("help") | Short('h') => help = true,
                Value(value) if folder.is_none() => folder = Some(PathBuf::from(value)),
                other => return Err(other.unexpected()),
            }
        }
        if trusts.len() > 1 {
            return Err("--log-list, --log-key and --unverified exclude each other".into());
        }
        let task = match (folder, config, trusts.pop()) {
            _ if help => Task::Help,
            (None, None, None) if facts == FactFiles::default() => Task::Demonstration,
            (None, Some(config), None) => Task::Follow { log: None, config, facts },
            (Some(folder), Some(config), Some(trust)) => Task::Follow { log: Some((folder, trust)), config, facts },
            (None, ..) => return Err("a folder with a log is missing".into()),
            (_, None, _) => return Err("--config FILE is missing: what is to be watched".into()),
            (.., None) => {
                return Err("one of --log-list FILE, --log-key FILE and --unverified is missing: \
                            without the log's key, nobody knows whose tiles these are"
                    .into());
            }
        };
        Ok(Self { task, form })
    }
}

impl Form {
    fn named(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::JsonLines),
            "sarif" => Ok(Self::Sarif),
            "markdown" => Ok(Self::Markdown),
            _ => Err("expected text, json, sarif or markdown".to_owned()),
        }
    }
}
