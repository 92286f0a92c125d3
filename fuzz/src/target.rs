use crate::{lint, log, loglist, merkle, policy, san, sct, seeds, x509};

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which the file in `fuzz_targets/`, its corpus and its folder of crashes have too.
    pub name: &'static str,
    /// What it does with an input; it panics where something is wrong.
    pub run: fn(&[u8]),
    /// Inputs to start from, made by the testkit.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "proof", run: merkle::proof, seeds: seeds::proof },
    Target { name: "tile_path", run: merkle::tile_path, seeds: seeds::tile_path },
    Target { name: "tlog_proof", run: merkle::tlog_proof, seeds: seeds::tlog_proof },
    Target { name: "entry_bundle", run: merkle::entry_bundle, seeds: seeds::entry_bundle },
    Target { name: "hash_tiles", run: merkle::hash_tiles, seeds: seeds::hash_tiles },
    Target { name: "certificate", run: x509::certificate, seeds: seeds::certificate },
    Target { name: "tbs", run: x509::tbs, seeds: seeds::tbs },
    Target { name: "reconstruct", run: x509::reconstruct, seeds: seeds::reconstruct },
    Target { name: "precert_signer", run: x509::precert_signer, seeds: seeds::precert_signer },
    Target { name: "corresponds", run: x509::corresponds, seeds: seeds::corresponds },
    Target { name: "names", run: x509::names, seeds: seeds::names },
    Target { name: "extension_value", run: x509::extension_value, seeds: seeds::extension_value },
    Target { name: "salvage", run: x509::salvage, seeds: seeds::salvage },
    Target { name: "signature", run: x509::signature, seeds: seeds::signature },
    Target { name: "log_list", run: loglist::log_list, seeds: seeds::log_list },
    Target { name: "log_key", run: loglist::log_key, seeds: seeds::log_key },
    Target { name: "log_list_text", run: loglist::log_list_text, seeds: seeds::log_list_text },
    Target { name: "prepared_keys", run: loglist::prepared_keys, seeds: seeds::prepared_keys },
    Target { name: "sct_list", run: sct::sct_list, seeds: seeds::sct_list },
    Target { name: "signed_message", run: sct::signed_message, seeds: seeds::signed_message },
    Target { name: "sct_verdict", run: sct::sct_verdict, seeds: seeds::sct_verdict },
    Target { name: "ocsp_response", run: sct::ocsp_response, seeds: seeds::ocsp_response },
    Target { name: "ct_policy", run: sct::ct_policy, seeds: seeds::ct_policy },
    Target { name: "watch_list", run: san::watch_list, seeds: seeds::watch_list },
    Target { name: "watch_name", run: san::watch_name, seeds: seeds::watch_name },
    Target { name: "watch_address", run: san::watch_address, seeds: seeds::watch_address },
    Target { name: "name_constraints", run: san::name_constraints, seeds: seeds::name_constraints },
    Target { name: "watch_address_text", run: san::watch_address_text, seeds: seeds::watch_address_text },
    Target { name: "watch_text", run: san::watch_text, seeds: seeds::watch_text },
    Target { name: "watch_item", run: san::watch_item, seeds: seeds::watch_item },
    Target { name: "note", run: log::note, seeds: seeds::note },
    Target { name: "checkpoint", run: log::checkpoint, seeds: seeds::checkpoint },
    Target { name: "verifier_key", run: log::verifier_key, seeds: seeds::verifier_key },
    Target { name: "data_tile", run: log::data_tile, seeds: seeds::data_tile },
    Target { name: "merkle_tree_leaf", run: log::merkle_tree_leaf, seeds: seeds::merkle_tree_leaf },
    Target { name: "follower", run: log::follower, seeds: seeds::follower },
    Target { name: "lint", run: lint::lint, seeds: seeds::lint },
    Target { name: "rule_id", run: lint::rule_id, seeds: seeds::rule_id },
    Target { name: "policy_config", run: policy::policy_config, seeds: seeds::policy_config },
    Target { name: "policy_decision", run: policy::policy_decision, seeds: seeds::policy_decision },
    Target { name: "finding_line", run: policy::finding_line, seeds: seeds::finding_line },
    Target { name: "crl", run: policy::crl, seeds: seeds::crl },
    Target { name: "policy_source", run: policy::policy_source, seeds: seeds::policy_source },
    Target { name: "event_log", run: policy::event_log, seeds: seeds::event_log },
    Target { name: "detectors", run: policy::detectors, seeds: seeds::detectors },
    Target { name: "throttle", run: policy::throttle, seeds: seeds::throttle },
    Target { name: "caa", run: policy::caa, seeds: seeds::caa },
];
