use curve25519_dalek::scalar::Scalar;

use crate::batch::Batches;
use crate::envelope::{Context, ENVELOPE_TAG, code};
use crate::group::{H, combine_vartime};
use crate::signature::{Signature, Signed, verdict};
use crate::{CONTEXT_BYTES, KernelError, NOT_ASKED, ROW_BYTES, Verifier};
use crate::{Signer, consensus, hash, public_key, scan, sign, verify_plain};

mod published;

use published::published;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn repeated(byte: u8, last: u8) -> [u8; 32] {
    let mut bytes = [byte; 32];
    bytes[31] = last;
    bytes
}

fn item(key: &[u8], signature: &[u8], message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [key, signature, &length.to_be_bytes(), message].concat()
}

/// `count` valid items by `signers` keys.
fn items(count: usize, signers: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|at| {
            let private = Scalar::from((at % signers) as u64 + 1).to_bytes();
            let message = at.to_be_bytes();
            item(&public_key(&private).unwrap(), &sign(&private, &message).unwrap(), &message)
        })
        .collect()
}

/// Changes s of an item. Its hash equation still holds, and its group equation fails.
fn forge(item: &mut [u8]) {
    item[32] ^= 1;
}

fn verifier() -> Verifier {
    Verifier::new([7; 32])
}

#[test]
fn the_generator_is_that_of_tos() {
    assert_eq!(
        H.compress().as_bytes().to_vec(),
        hex("8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134")
    );
    assert_eq!(public_key(&Scalar::ONE.to_bytes()).unwrap(), H.compress().to_bytes());
}

#[test]
fn published_signatures_are_valid_and_their_keys_derive() {
    for (private, message, nonce, key, s, e) in published() {
        let key = hex(key);
        assert_eq!(public_key(&private).unwrap().to_vec(), key);
        let signature = [hex(s), hex(e)].concat();
        assert_eq!(verify_plain(&key, &message, &signature), Ok(true));
        assert_eq!(verify_plain(&key, b"another", &signature), Ok(false));

        let r = (Scalar::from_canonical_bytes(nonce).unwrap() * *H).compress().to_bytes();
        let with_commitment = item(&key, &[signature, r.to_vec()].concat(), &message);
        assert_eq!(verifier().verify_messages(&with_commitment), Ok(vec![verdict::VALID]));
    }
}

#[test]
fn own_signatures_are_valid_and_deterministic() {
    let private = repeated(0x11, 1);
    let signature = sign(&private, b"message").unwrap();
    assert_eq!(signature, sign(&private, b"message").unwrap());
    assert_ne!(signature[64..], sign(&private, b"messagf").unwrap()[64..]);
    let key = public_key(&private).unwrap();
    assert_eq!(verify_plain(&key, b"message", &signature[..64]), Ok(true));
    assert_eq!(sign(&[0; 32], b""), Err(KernelError::BadScalar));
    assert_eq!(public_key(&[0xff; 32]), Err(KernelError::BadScalar));
    assert!(matches!(sign(&[1; 31], b""), Err(KernelError::BadParameters(_))));
}

#[test]
fn a_signer_with_a_cached_key_signs_the_same_bytes() {
    let signer = Signer::new();
    let keys = [repeated(0x11, 1), repeated(0x22, 2)];
    for key in [0, 0, 1, 0, 1, 1] {
        assert_eq!(signer.sign(&keys[key], b"message"), sign(&keys[key], b"message"));
        assert_eq!(signer.sign(&[0; 32], b""), Err(KernelError::BadScalar));
    }
}

#[test]
fn batches_name_exactly_their_bad_members() {
    for (count, signers) in [(1, 1), (2, 2), (64, 64), (65, 8), (130, 130), (192, 192), (300, 20), (1024, 64)] {
        let good = items(count, signers);
        // After a bad batch the verifier probes chunks. The verdicts must be the same.
        let verifier = verifier();
        assert_eq!(verifier.verify_messages(&good.concat()), Ok(vec![0; count]));
        for bad in [vec![0], vec![count / 2, count - 1], (0..count.min(70)).collect::<Vec<_>>()] {
            let mut batch = good.clone();
            let mut expected = vec![0; count];
            for (turn, &at) in bad.iter().enumerate() {
                if turn % 3 == 1 {
                    batch[at][132] ^= 1;
                    expected[at] = verdict::BAD_CHALLENGE;
                } else {
                    forge(&mut batch[at]);
                    expected[at] = verdict::BAD_SIGNATURE;
                }
            }
            assert_eq!(verifier.verify_messages(&batch.concat()), Ok(expected));
            assert_eq!(verifier.verify_messages(&good.concat()), Ok(vec![0; count]));
        }
    }
}

/// The hash equation of each forgery holds. The errors of the two forgeries add up to zero.
#[test]
fn forgeries_fail_the_group_equation_alone() {
    let forge = |shift: Scalar| {
        let private = Scalar::from(5_u64);
        let signature = sign(&private.to_bytes(), b"pair").unwrap();
        let s = Scalar::from_canonical_bytes(signature[..32].try_into().unwrap()).unwrap() + shift;
        let signature = [s.as_bytes(), &signature[32..]].concat();
        item(&public_key(&private.to_bytes()).unwrap(), &signature, b"pair")
    };
    let delta = Scalar::from(1_000_u64);
    let mut batch = items(6, 3);
    batch.push(forge(delta));
    batch.push(forge(-delta));
    batch.push(forge(Scalar::ZERO));
    let bad = verdict::BAD_SIGNATURE;
    assert_eq!(verifier().verify_messages(&batch.concat()), Ok(vec![0, 0, 0, 0, 0, 0, bad, bad, 0]));
}

#[test]
fn only_keys_with_a_valid_signature_are_cached() {
    for count in [1, 3, 64, 256] {
        let mut items = items(count, count);
        let keys: Vec<[u8; 32]> = items.iter().map(|item| item[..32].try_into().unwrap()).collect();
        let signed: Vec<bool> = (0..count).map(|at| at % 3 == 1).collect();
        for (item, _) in items.iter_mut().zip(&signed).filter(|(_, signed)| !**signed) {
            forge(item);
        }
        let batches = Batches::new([7; 32]);
        let parts: Vec<Signed<'_>> = items
            .iter()
            .map(|item| Signed {
                key: item[..32].try_into().unwrap(),
                signature: Signature::read(&item[32..128]).unwrap(),
                message: [&item[132..], &[], &[]],
            })
            .collect();
        for _ in 0..2 {
            let good: Vec<bool> = batches.verify(&parts).iter().map(|&verdict| verdict == verdict::VALID).collect();
            assert_eq!(good, signed);
            assert_eq!(keys.iter().map(|key| batches.caches(key)).collect::<Vec<_>>(), signed);
        }
    }
}

#[test]
fn the_verdict_is_the_first_fault_in_the_order_of_the_checks() {
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut good = items(1, 1).concat();
    let verdict_of = |bytes: &[u8]| verifier().verify_messages(bytes).unwrap()[0];
    // Sets e to the hash of the other fields, so that only a check of the points can fail.
    let seal = |bytes: &mut [u8]| {
        let e = crate::group::hash_to_scalar(&[&bytes[..32], &bytes[132..], &bytes[96..128]]);
        bytes[64..96].copy_from_slice(e.as_bytes());
    };
    good[32] ^= 1;
    assert_eq!(verdict_of(&good), verdict::BAD_SIGNATURE);
    good[127] |= 0x80;
    seal(&mut good);
    assert_eq!(verdict_of(&good), verdict::BAD_COMMITMENT);
    good[..32].fill(0);
    seal(&mut good);
    assert_eq!(verdict_of(&good), verdict::BAD_PUBLIC_KEY);
    good[132] ^= 1;
    assert_eq!(verdict_of(&good), verdict::BAD_CHALLENGE);
    good[64..96].copy_from_slice(&order);
    assert_eq!(verdict_of(&good), verdict::BAD_SCALAR);
    good.pop();
    assert!(matches!(verifier().verify_messages(&good), Err(KernelError::BadParameters(_))));
}

#[test]
fn a_zero_nonce_is_accepted() {
    let private = Scalar::from(9_u64);
    let key = public_key(&private.to_bytes()).unwrap();
    let e = crate::group::hash_to_scalar(&[&key, b"m", &[0; 32]]);
    let s = private.invert() * e;
    assert_eq!(combine_vartime(s, &[-e], &[private.invert() * *H]).compress().to_bytes(), [0; 32]);
    let signature = [s.to_bytes(), e.to_bytes(), [0; 32]].concat();
    assert_eq!(verifier().verify_messages(&item(&key, &signature, b"m")), Ok(vec![0]));
}

fn context() -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.extend([9; 32]);
    for limit in [4096_u32, 1024, 512, 8192, 256, 4096, 512, 10_240, 49_152, 64, 65_536] {
        bytes.extend(limit.to_be_bytes());
    }
    assert_eq!(bytes.len(), CONTEXT_BYTES);
    bytes
}

fn envelope(payload: &[u8]) -> Vec<u8> {
    let private = Scalar::from(3_u64).to_bytes();
    let mut head = vec![1, 2, 3, 0, 0, 0, 1, 2, 3, 4, 0, 7];
    head.extend(public_key(&private).unwrap());
    head.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    head.extend(payload);
    let signature = sign(&private, &[ENVELOPE_TAG, &[9; 32], &head].concat()).unwrap();
    [head, signature.to_vec()].concat()
}

fn framed(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.iter().flat_map(|part| [&u32::try_from(part.len()).unwrap().to_be_bytes(), &part[..]].concat()).collect()
}

#[test]
fn scan_finds_good_and_bad_envelopes_and_verify_follows_the_table() {
    let good = envelope(b"payload");
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut flagged = good.clone();
    flagged[3] = 1;
    let input =
        framed(&[framed(&[good.clone(), damaged, flagged]), vec![0, 0, 0], framed(std::slice::from_ref(&good))]);
    let table = scan(&input, &context()).unwrap();
    let rows: Vec<&[u8]> = table.chunks(ROW_BYTES).collect();
    let codes: Vec<(u8, u8, u8)> = rows.iter().map(|row| (row[0], row[1], row[7])).collect();
    let expected = [(0, 2, 0), (0, 2, 0), (code::BAD_FLAGS, 0, 0), (code::BUNDLE_LAYOUT, 255, 1), (0, 2, 2)];
    assert_eq!(codes, expected);
    assert_eq!(rows[0][64..96], rows[1][64..96], "the record id does not cover the signature");
    assert_ne!(rows[0][96..], rows[1][96..], "the envelope hash covers the signature");
    assert_eq!(rows[0][96..], hash(&good));

    let verdicts = verifier().verify(&input, &table, &[1, 1, 1, 1, 0], &context()).unwrap();
    assert_eq!(
        (verdicts[0], verdicts[2], verdicts[3], verdicts[4]),
        (0, code::BAD_FLAGS, code::BUNDLE_LAYOUT, NOT_ASKED)
    );
    assert_eq!(verdicts[1], verdict::BAD_CHALLENGE, "the hash of the challenge covers R");

    let foreign = verifier().verify(&input[..20], &table, &[1, 0, 0, 0, 0], &context());
    assert!(matches!(foreign, Err(KernelError::BadParameters(_))));
    assert!(matches!(verifier().verify(&input, &table, &[1], &context()), Err(KernelError::BadParameters(_))));
    assert!(Context::read(&context()[1..]).is_err());
}

#[test]
fn a_table_has_at_most_65536_rows() {
    assert!(matches!(scan(&vec![0; 4 * 65_537], &context()), Err(KernelError::BadParameters(_))));
    assert_eq!(scan(&[0; 4 * 65_536], &context()).unwrap().len(), 8 << 20);
}

/// A packed list with 0 required reviewers.
fn score_list(entries: &[(u8, u64)]) -> Vec<u8> {
    let mut bytes = u32::try_from(entries.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend([0; 4]);
    bytes.extend(entries.iter().map(|(score, _)| score));
    bytes.extend(entries.iter().flat_map(|(_, weight)| weight.to_be_bytes()));
    bytes
}

#[test]
fn consensus_is_exact_at_the_boundary() {
    let list = |scores: &[u8]| score_list(&scores.iter().map(|&score| (score, 1)).collect::<Vec<_>>());
    let head = [225_u32, 2, 2].map(u32::to_be_bytes).concat();
    let output = consensus(&[head.clone(), list(&[0, 30]), list(&[0, 29])].concat()).unwrap();
    assert_eq!((output[7], output[63]), (0, 1));
    assert!(consensus(&[head.clone(), list(&[1])].concat()).is_err());
    let over = consensus(&[head, list(&[1]), list(&[101])].concat());
    assert_eq!(over, Err(KernelError::BadParameters("a score is over 100")));
}

#[test]
fn weighted_sums_are_exact_beyond_64_bits() {
    let head = [225_u32, 2, 1].map(u32::to_be_bytes).concat();
    let packed = [head, score_list(&[(100, u64::MAX), (99, u64::MAX), (98, 1 << 53)])].concat();
    let output = consensus(&packed).unwrap();
    let max = u128::from(u64::MAX);
    let expected = [
        [3_u32, 1].map(u32::to_be_bytes).concat(),
        [297_u64, 10_000 + 9_801 + 9_604].map(u64::to_be_bytes).concat(),
        [2 * max + (1 << 53), 199 * max + (98 << 53)].map(u128::to_be_bytes).concat(),
    ];
    assert_eq!(output, expected.concat());
    assert!(consensus(&packed[..packed.len() - 1]).is_err());
}
