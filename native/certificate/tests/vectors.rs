//! The published certificates and their answers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use tos_ai_certificate::{Certified, Member, Refusal, Roster, verify_certificate};
use tos_ai_kernel::Verifier;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../docs/vectors/certificates.json")).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn rosters(file: &Value) -> Vec<Roster> {
    let member = |member: &Value| Member {
        key: hex(&member["key"]).try_into().unwrap(),
        weight: member["weight"].as_u64().unwrap().try_into().unwrap(),
    };
    let roster = |roster: &Value| Roster {
        from_day: roster["from_day"].as_u64().unwrap().try_into().unwrap(),
        members: roster["members"].as_array().unwrap().iter().map(member).collect(),
    };
    file["rosters"].as_array().unwrap().iter().map(roster).collect()
}

fn verify(file: &Value, certificate: &[u8]) -> Result<Certified, Refusal> {
    let genesis = hex(&file["genesis"]).try_into().unwrap();
    verify_certificate(certificate, &genesis, 3, &rosters(file), &Verifier::new([7; 32]))
}

#[test]
fn each_published_certificate_has_its_published_answer() {
    let file = vectors();
    let certificates = file["certificates"].as_array().unwrap();
    assert!(certificates.len() >= 16);
    for case in certificates {
        let result = verify(&file, &hex(&case["certificate"]));
        let answer = result.as_ref().map_or_else(|refusal| refusal.name(), |_| "holds");
        assert_eq!(answer, case["answer"], "{}", case["name"]);
    }
}

#[test]
fn a_certificate_states_its_scores_and_weights() {
    let file = vectors();
    let certified = verify(&file, &hex(&file["certificates"][0]["certificate"])).unwrap();
    assert_eq!(certified.value.to_vec(), hex(&file["value"]));
    assert_eq!(certified.scores.iter().map(|&score| u32::from(score)).sum::<u32>(), 162);
    assert_eq!((certified.round, certified.voted_weight, certified.weight), (2, 24, 25));
}

#[test]
fn each_certificate_with_a_changed_bit_or_a_lost_end_is_refused() {
    let file = vectors();
    let valid = hex(&file["certificates"][0]["certificate"]);
    for at in 0..valid.len() {
        let mut changed = valid.clone();
        changed[at] ^= 1;
        assert!(verify(&file, &changed).is_err(), "byte {at}");
        assert!(verify(&file, &valid[..at]).is_err(), "{at} bytes");
    }
}
