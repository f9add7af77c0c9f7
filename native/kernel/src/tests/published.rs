use super::{hex, repeated};

/// Private scalar, message, nonce, public key, s, e.
pub type Vector = ([u8; 32], Vec<u8>, [u8; 32], &'static str, &'static str, &'static str);

/// The signature vectors that tos-spec publishes (rust_generators/crypto/schnorr.yaml).
pub fn published() -> [Vector; 4] {
    let counted: [u8; 32] = core::array::from_fn(|at| if at < 31 { u8::try_from(at).unwrap() + 1 } else { 0 });
    let nonce = hex("aabbccddeeff001122334455667788990123456789abcdeffedcba9876543200").try_into().unwrap();
    [
        (
            counted,
            b"Hello, world!".to_vec(),
            nonce,
            "3cc4fec02e2342dca15352d5c5c27135f9e42c5805c07ca9dc500e000f89a665",
            "52a03c91dcc0b45925a506a60b864fccedeca9c13170f15e74eb43dc21c0920a",
            "7a0c2b0dd4435dd898ab8d74a5b6d1e1614bbfb133259488db0923039190280c",
        ),
        (
            repeated(0x11, 1),
            Vec::new(),
            repeated(0x22, 2),
            "1685f8ba5b0c7265ef6f4d75f6a95429b3672383fa4fee7b0878b0b182243249",
            "2f8eb2515bfbfa5baf1f0bc71a4974f8c41294c2f725e2871c2ac493eee7540c",
            "851ee1caca73832263090db38c5d9928fdea736c3f33bc15b95772eb15ca3101",
        ),
        (
            repeated(0x33, 3),
            vec![0x55; 64],
            repeated(0x44, 4),
            "4e14f8485d7c884b67c86122651af1f83cdfe9f765587211399c587bf272be62",
            "6595b6d11da2c681541dbec53213b3eaf5071e63d35892de7235335ddd2c2709",
            "894e22976d527659e84b9eabd52e37f9a0ee981572a68a19bc67fb44053e2c0b",
        ),
        (
            repeated(0x77, 7),
            vec![0; 32],
            repeated(0x88, 8),
            "e062c0b70de48f2213f62590b30481e8beacd141bdf0d6fda1637b018abf5942",
            "c61d2149a4b4b03ec2cc38b6b5b3acc1e881da7c9d3c863c4a97f728b6fd380d",
            "5022bdb8277dbbd3b1a3c9c16befd95e2581c6cbfa8996424e7740478dda1203",
        ),
    ]
}
