use std::io::{self, Write};
use std::process;

use serde_json::{Value, json};

/// Writes one line. Without a reader there is nothing left to do.
pub fn line(bytes: &[u8]) {
    let mut output = io::stdout().lock();
    if output.write_all(bytes).and_then(|()| output.write_all(b"\n")).and_then(|()| output.flush()).is_err() {
        process::exit(0);
    }
}

/// Writes bytes that are no whole line.
pub fn bytes(bytes: &[u8]) {
    let mut output = io::stdout().lock();
    if output.write_all(bytes).and_then(|()| output.flush()).is_err() {
        process::exit(0);
    }
}

pub fn message(message: &Value) {
    line(message.to_string().as_bytes());
}

pub fn result(id: &Value, result: &Value) {
    message(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
}

pub fn error(id: &Value, code: i64, text: &str) {
    message(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": text } }));
}

pub fn notification(method: &str, params: &Value) {
    message(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
}

pub fn request(id: u64, method: &str, params: &Value) {
    message(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
}
